"""A multipart form (RFC 7578) to its fields and its file."""

import re
from dataclasses import dataclass, field

_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'[; ]name="([^"]*)"', re.IGNORECASE)
_FILE_NAME = re.compile(rb'filename="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """A file as it was sent; ``name`` is what the sender calls it."""

    name: str
    content: bytes


@dataclass(slots=True, kw_only=True)
class Form:
    """The fields by name, the last of a name, and the files likewise."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, FormFile] = field(default_factory=dict)


def read_form(content_type: str, body: bytes) -> Form | None:
    """Return the form, None when the boundary is missing or nowhere in the body."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        return None
    line = b"\r\n--" + found[1].encode("latin-1")
    first, *parts = (b"\r\n" + body).split(line)
    if not parts:
        return None
    del first  # what stands before the first boundary is for nobody
    form = Form()
    for part in parts:
        if part.startswith(b"--"):
            break
        _take(part, form)
    return form


def _take(part: bytes, form: Form) -> None:
    head, _, content = part.partition(b"\r\n\r\n")
    name = _NAME.search(head)
    if name is None:
        return
    file_name = _FILE_NAME.search(head)
    called = name[1].decode(errors="replace")
    if file_name is None:
        form.fields[called] = content.decode(errors="replace")
    else:
        form.files[called] = FormFile(
            name=file_name[1].decode(errors="replace"), content=content
        )
