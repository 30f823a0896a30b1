"""A browser without JavaScript: keeps cookies, fills forms in, follows redirects."""

import html
import re
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from pyreqwest.client import Client

from recado.access.roles import Role
from recado.model.redact import Secret
from recado.server import Server
from recado.store.audit import Actor
from tests.helpers.plain_http import plain_http

PASSWORD = "correct horse battery"
OWN = {"sec-fetch-site": "same-origin"}
CSRF = re.compile(r'name="csrf" value="(\w+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    status: int
    headers: dict[str, str]
    cookies: tuple[str, ...]
    text: str

    @property
    def location(self) -> str:
        return self.headers["location"]

    @property
    def words(self) -> str:
        """What a person reads: the text without its tags."""
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.text)).split())


class Browser:
    """One browser. ``async with`` opens it; ``sign_in`` gives it a session."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    async def __aenter__(self) -> Self:
        self._client: Client = plain_http().follow_redirects(enable=False).build()
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page; forms that are sent later bring its token."""
        page = await self.send("GET", path, headers=headers)
        found = CSRF.search(page.text)
        self.csrf = found[1] if found else self.csrf
        return page

    async def post(self, path: str, **fields: str) -> Page:
        """Send a form of one of our pages, and do not follow the redirect."""
        return await self.send("POST", path, fields={"csrf": self.csrf} | fields)

    async def submit(self, path: str, **fields: str) -> Page:
        """Send a form and look at where it leads."""
        answer = await self.post(path, **fields)
        assert answer.status == 303, answer.words
        return await self.get(answer.location)

    async def send(
        self,
        method: str,
        path: str,
        *,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Page:
        """Send anything, as a browser would unless ``headers`` say otherwise."""
        sent = {"accept": "text/html", **OWN, **(headers or {})}
        if self.cookies:
            pairs = [f"{name}={value}" for name, value in self.cookies.items()]
            sent["cookie"] = "; ".join(pairs)
        request = self._client.request(method, self.server.url + path)
        for name, value in sent.items():
            request = request.header(name.replace("_", "-"), value)
        if fields is not None:
            request = request.header(
                "content-type", "application/x-www-form-urlencoded"
            ).body_text(urlencode(fields))
        response = await request.build().send()
        cookies = tuple(response.headers.getall("set-cookie"))
        self._keep(cookies)
        return Page(
            status=response.status,
            headers=dict(response.headers),
            cookies=cookies,
            text=(await response.bytes()).to_bytes().decode(),
        )

    async def sign_in(self, name: str, password: str = PASSWORD) -> None:
        """Get a session, and the token for its forms."""
        answer = await self.post("/login", name=name, password=password)
        assert answer.status == 303, answer.words
        await self.get("/account")

    def _keep(self, cookies: tuple[str, ...]) -> None:
        for cookie in cookies:
            pair, _, rest = cookie.partition(";")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in rest:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value.strip('"')


async def a_user(server: Server, role: Role, *, name: str = "") -> Any:
    """Somebody who may sign in with ``PASSWORD``; called like their role."""
    return await server.services.users.create(
        name or role, Secret(PASSWORD), role=role, actor=Actor(name="test")
    )
