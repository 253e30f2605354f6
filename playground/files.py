"""Files that apps upload: asked for, sent to an address of one use, then shared.

https://docs.slack.dev/messaging/working-with-files#uploading_files
"""

from __future__ import annotations

import base64
import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import web

from playground.records import Json

LARGEST_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class File:
    """One file; `state` is `asked` (nothing there yet), `sent` or `complete`.

    `body` is its content in base64; `shares` the conversations it is in, each with the message.
    """

    id: str
    team_id: str
    app_id: str
    user: str
    name: str
    size: int
    created: int
    title: str = ""
    alt_text: str = ""
    state: str = "asked"
    body: str = ""
    ticket: str = ""
    shares: list[Json] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        """What is in it."""
        return base64.b64decode(self.body)

    @property
    def mimetype(self) -> str:
        """What its name says it is."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def as_slack(self, base_url: str) -> Json:
        """Return the file object of answers and messages."""
        address = f"{base_url}files-pri/{self.team_id}-{self.id}/"
        name = quote(self.name, safe="")
        kind = self.name.rpartition(".")[2].lower() if "." in self.name else "binary"
        seen: Json = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": kind,
            "pretty_type": kind.upper(),
            "user": self.user,
            "user_team": self.team_id,
            "size": self.size,
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "url_private": f"{address}{name}",
            "url_private_download": f"{address}download/{name}",
            "permalink": f"{address}{name}",
            "channels": [one["channel"] for one in self.shares if one["channel"].startswith("C")],
            "groups": [],
            "ims": [one["channel"] for one in self.shares if one["channel"].startswith("D")],
            "has_rich_preview": False,
        }
        return seen | ({"alt_txt": self.alt_text} if self.alt_text else {})


class Files:
    """All files; `keep` writes a changed one down, `base_url` is where people find them."""

    def __init__(self, keep: Callable[[File], None]) -> None:
        self.base_url = ""
        self._keep = keep
        self._known: dict[str, File] = {}

    def remember(self, file: File) -> None:
        """Take a file up, from disk."""
        self._known[file.id] = file

    def put(self, file: File) -> File:
        """Store a file as it is now."""
        self.remember(file)
        self._keep(file)
        return file

    def get(self, team_id: str, file_id: str) -> File | None:
        """Return a file of a workspace."""
        found = self._known.get(file_id)
        return found if found is not None and found.team_id == team_id else None

    def ask(self, file: File) -> str:
        """Return the address of one use that takes the file's content."""
        file.ticket = secrets.token_urlsafe(24)
        self.put(file)
        return f"{self.base_url}upload/v1/{file.ticket}"

    def add_to(self, application: web.Application, log: Callable[[File, int], None]) -> None:
        """Add the routes: for apps to send files, for people to look at them.

        `log` hears of every upload and its HTTP status.
        """
        self._log = log
        application.router.add_post("/upload/v1/{ticket}", self._take)
        application.router.add_get("/files-pri/{team}-{file}/{name}", self._show)
        application.router.add_get("/files-pri/{team}-{file}/download/{name}", self._show)

    async def _take(self, request: web.Request) -> web.Response:
        ticket = request.match_info["ticket"]
        file = next((one for one in self._known.values() if ticket == one.ticket), None)
        if file is None or file.state != "asked":
            return web.Response(status=404, text="no such upload")
        content = await _content(request)
        if len(content) != file.size:
            self._log(file, 400)
            return web.Response(status=400, text=f"got {len(content)} bytes, not {file.size}")
        file.body, file.state = base64.b64encode(content).decode(), "sent"
        self.put(file)
        self._log(file, 200)
        return web.Response(text=f"OK - {len(content)}")

    async def _show(self, request: web.Request) -> web.Response:
        file = self.get(request.match_info["team"], request.match_info["file"])
        if file is None or file.state != "complete":
            return web.Response(status=404, text="There is no such file.")
        # What an app uploaded must not run in the page's name.
        headers = {
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        if "/download/" in request.path:
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=file.content, content_type=file.mimetype, headers=headers)


async def _content(request: web.Request) -> bytes:
    """Return the file's bytes, sent as they are or as a form's file."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""
