"""The rows of the table in ``known_errors`` that are about media and links."""

from recado.evolution.meaning import LASTS, PASSES, REPAIR, Rule, rule

_FETCHING = (
    "(?:failed to convert image to WebP: )?"
    "(?:failed to (?:fetch image from URL|read image data): )?"
)

MEDIA_RULES: tuple[Rule, ...] = (
    rule(
        LASTS,
        '(?:Get|Head) ".*": .*(?:'
        "unsupported protocol scheme|no Host in request URL|missing protocol scheme"
        "|invalid URI|invalid port|invalid control character|first path segment"
        "|no such host|x509:|tls: failed to verify"
        "|server gave HTTP response to HTTPS client|stopped after 10 redirects"
        "|invalid URL escape|net/url:).*",
        'parse ".*": .+',
        after=_FETCHING,
    ),
    rule(
        PASSES,
        '(?:Get|Head) ".*": .+',
        "unexpected EOF",
        "stream error: .+",
        "http2: .+",
        "read tcp .+",
        "net/http: .+",
        after=_FETCHING,
    ),
    rule(
        LASTS,
        "failed to convert image to WebP: failed to (?:decode|encode) image.*: .+",
    ),
    rule(
        PASSES,
        "(?:failed to convert image to WebP: )?"
        "failed to (?:fetch image from URL|read image data): .+",
        "cannot (?:open|read) file",
        "failed to upload sticker: .+",
    ),
    rule(
        LASTS,
        r"documentos não são suportados em canais do WhatsApp\..*",
        "máximo de 3 botões do tipo 'reply' permitidos",
        "botões do tipo 'reply' não podem ser misturados com outros tipos",
        "botão do tipo 'pix' não pode ser combinado com outros botões",
    ),
    rule(REPAIR, "error during conversion: exec: .+"),
    rule(
        LASTS,
        "error during conversion: .+",
        "(?:formato de )?duração não encontrad[ao]",
    ),
    rule(REPAIR, "requisição falhou com status: 40[13], resposta: .*"),
    rule(
        LASTS,
        r"requisição falhou com status: 4(?:0[0-24-79]|1\d|2[0-8]), resposta: .*",
    ),
    rule(
        PASSES,
        r"requisição falhou com status: \d+, resposta: .*",
        "erro ao (?:(?:criar|enviar) a requisição|(?:ler|deserializar) a resposta"
        "|decodificar o áudio|finalizar o form-data"
        "|adicionar (?:a URL|o base64) no form-data): .+",
    ),
    rule(LASTS, "upload failed with status code (?:400|413|415)"),
    rule(
        PASSES,
        r"upload failed with status code \d+",
        "failed to (?:refresh|query) media connections: .+",
        "failed to (?:execute request|parse upload response|prepare request"
        "|encrypt file): .+",
        "failed to parse media connection.*",
    ),
    rule(
        LASTS,
        "image data should be a valid URL or start with .+",
        r"illegal base64 data at input byte \d+",
        ".*data ?URL.*",
        "the given data is not a valid image",
        "(?:failed to send message node: )?frame too large.*",
    ),
)
