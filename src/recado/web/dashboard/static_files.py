"""Style sheets, scripts and pictures: read once, served with a year of caching."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file as it is sent; ``version`` changes with its content."""

    content: bytes
    media_type: str
    version: str


def _read(folder: Path) -> Mapping[str, StaticFile]:
    return {path.name: _file(path) for path in sorted(folder.iterdir())}


def _file(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(
        content=content,
        media_type=TYPES[path.suffix],
        version=hashlib.sha256(content).hexdigest()[:12],
    )


FILES = _read(FOLDER)

router = APIRouter(include_in_schema=False)


def address_of(name: str) -> str:
    """Return where a file is, with its version, so that it can be kept for ever.

    Raises:
        KeyError: There is no such file.
    """
    return f"/static/{name}?v={FILES[name].version}"


@router.get("/static/{name}")
async def send_file(request: Request, name: str) -> Response:
    """Send one file. Anybody may have it: the sign-in page needs them too."""
    found = FILES.get(name)
    if found is None:
        raise HTTPException(404)
    tag = f'"{found.version}"'
    is_versioned = request.query_params.get("v") == found.version
    headers = {"Cache-Control": FOR_EVER if is_versioned else ASK_AGAIN, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
