"""A failure's facts to its category and to the group of its like: pure."""

import re
from hashlib import sha256

from recado.model.category import Category
from recado.model.outcome import Failure

_TRANSIENT, _PERMANENT, _CONFIG = (
    Category.TRANSIENT,
    Category.PERMANENT,
    Category.CONFIG,
)

_EXIT_CODES = {
    75: _TRANSIENT,  # EX_TEMPFAIL of sysexits.h
    78: _CONFIG,  # EX_CONFIG
    126: _CONFIG,  # a shell: found, but not executable
    127: _CONFIG,  # a shell: not found
    # Ended from outside: by the kernel when memory ran out, a restart, an operator.
    # A shell reports its child's signal as 128 + number.
    **dict.fromkeys((-1, -2, -9, -15, 129, 130, 137, 143), _TRANSIENT),
}

_HTTP_STATUSES = {
    401: _CONFIG,
    403: _CONFIG,
    407: _CONFIG,
    408: _TRANSIENT,
    425: _TRANSIENT,
    429: _TRANSIENT,
}
_HTTP_CLASSES = {
    3: _CONFIG,  # redirects are not followed, so the address has to be corrected
    4: _PERMANENT,
    5: _TRANSIENT,
}

_EXCEPTIONS = {
    **dict.fromkeys(
        (
            "APIConnectionError",
            "APITimeoutError",
            "BlockingIOError",
            "BrokenPipeError",
            "ConnectError",
            "ConnectTimeout",
            "ConnectTimeoutError",
            "ConnectionAbortedError",
            "ConnectionError",
            "ConnectionRefusedError",
            "ConnectionResetError",
            "IncompleteRead",
            "IncompleteReadError",
            "InterruptedError",
            "MaxRetryError",
            "MemoryError",
            "NewConnectionError",
            "OperationalError",
            "PoolTimeout",
            "RateLimitError",
            "ReadError",
            "ReadTimeout",
            "ReadTimeoutError",
            "RemoteDisconnected",
            "RemoteProtocolError",
            "ServerDisconnectedError",
            "Timeout",
            "TimeoutError",
            "gaierror",
        ),
        _TRANSIENT,
    ),
    **dict.fromkeys(
        (
            "ArithmeticError",
            "AssertionError",
            "AttributeError",
            "IndexError",
            "IntegrityError",
            "JSONDecodeError",
            "KeyError",
            "LookupError",
            "NameError",
            "NotImplementedError",
            "OverflowError",
            "RecursionError",
            "TypeError",
            "UnboundLocalError",
            "UnicodeDecodeError",
            "UnicodeEncodeError",
            "ValidationError",
            "ValueError",
            "ZeroDivisionError",
        ),
        _PERMANENT,
    ),
    **dict.fromkeys(
        (
            "AuthenticationError",
            "FileNotFoundError",
            "ImportError",
            "IndentationError",
            "IsADirectoryError",
            "ModuleNotFoundError",
            "NotADirectoryError",
            "PermissionDeniedError",
            "PermissionError",
            "SyntaxError",
            "TabError",
        ),
        _CONFIG,
    ),
}
_NAME = re.compile(r"\b[A-Za-z]+\b")

# The one place that reads the text of errors we did not make. Transient first: a
# needless retry costs less than a message that was parked though it could have gone.
_MARKERS = (
    (
        _TRANSIENT,
        (
            "connection refused",
            "connection reset",
            "connection timed out",
            "econnrefused",
            "econnreset",
            "etimedout",
            "name resolution",
            "overloaded",
            "rate limit",
            "rate-limit",
            "temporarily unavailable",
            "temporary failure",
            "timed out",
            "too many requests",
            "try again",
        ),
    ),
    (
        _CONFIG,
        (
            "api key",
            "command not found",
            "no such file or directory",
            "not logged in",
            "permission denied",
            "unauthorized",
        ),
    ),
    (
        _PERMANENT,
        (
            "bad request",
            "invalid",
            "malformed",
            "not found",
            "not on whatsapp",
            "not registered on whatsapp",
        ),
    ),
)

_READ_AT_MOST = 4096
_VARIABLE = re.compile(
    # a number that is the cause itself stays: HTTP 404 is not HTTP 500
    r"(?P<kept>\b(?:HTTP|exit) \d{1,3}\b)"
    r"|(?P<text>\"[^\"]*\"|(?<!\w)'[^']*'|`[^`]*`)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
    r"(?:Z|[+-]\d\d:?\d\d)?)?)"
    r"|(?P<id>\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b"
    r"|\b0x[0-9A-Fa-f]+\b"
    r"|\b(?=[0-9A-Fa-f]*\d)(?=[0-9A-Fa-f]*[A-Fa-f])[0-9A-Fa-f]{8,}\b"
    r"|\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-Za-z]{20,}\b)"
    r"|(?P<n>\d+(?:[.,]\d+)*)"
)
_BLANKS = re.compile(r"\s+")


def classify(failure: Failure) -> Category:
    """Return the category of a failure, from the surest fact to the least sure.

    In order: what the action itself knows, the exit code, the time limit, the HTTP
    status, the exception, and last the words of the error. None of them: UNKNOWN.
    """
    return (
        failure.category
        or _EXIT_CODES.get(failure.exit_code or 0)
        or (_TRANSIENT if failure.timed_out else None)
        or _find_by_status(failure.http_status)
        or _find_by_exception(failure)
        or _find_by_words(failure.error)
        or Category.UNKNOWN
    )


def fingerprint(error: str, category: Category) -> str:
    """Return the id of the group that an error belongs to: 16 hexadecimal digits.

    Errors of one category that differ only in values (numbers, ids, times, quoted
    texts) have the same id, in every process and for ever.
    """
    group = f"{category.value}\n{normalised(error)}"
    return sha256(group.encode(errors="replace")).hexdigest()[:16]


def normalised(error: str) -> str:
    """Return an error with its values replaced by ``<n>``, ``<id>``, ``<text>`` ….

    This is what a group of errors has in common, for showing. Longer errors count
    with their first 4,096 characters.
    """
    plain = _VARIABLE.sub(_placeholder, error[:_READ_AT_MOST])
    return _BLANKS.sub(" ", plain).strip()


def _find_by_status(status: int | None) -> Category | None:
    if status is None:
        return None
    return _HTTP_STATUSES.get(status) or _HTTP_CLASSES.get(status // 100)


def _find_by_exception(failure: Failure) -> Category | None:
    if failure.exception in _EXCEPTIONS:
        return _EXCEPTIONS[failure.exception]
    # A program may catch the exception and print its name in a line of its own words.
    named = (_EXCEPTIONS.get(word) for word in _NAME.findall(failure.error))
    return next((category for category in named if category), None)


def _find_by_words(error: str) -> Category | None:
    words = error.lower()
    for category, markers in _MARKERS:
        if any(marker in words for marker in markers):
            return category
    return None


def _placeholder(found: re.Match[str]) -> str:
    return found[0] if found.lastgroup == "kept" else f"<{found.lastgroup}>"
