"""The page's own files, read once; a version in their address lets browsers keep them.

The style sheets, one a noun, are handed out as one: a browser paints nothing before it has all.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files

from aiohttp import web

_SHEETS = (
    "theme",
    "frame",
    "messages",
    "blocks",
    "charts",
    "dialogs",
    "github",
    "tools",
    "narrow",
)
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class Static:
    """Serves `/static/<name>`."""

    def __init__(self) -> None:
        there = files("playground.page") / "static"
        self._files = {one.name: one.read_bytes() for one in there.iterdir() if one.is_file()}
        self._files["page.css"] = b"\n".join(self._files.pop(f"{one}.css") for one in _SHEETS)
        self.version = _version(self._files)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file; for good if its address names the version, else to be asked anew."""
        name = request.match_info["name"]
        if name not in self._files:
            raise web.HTTPNotFound
        kept = (
            "max-age=31536000, immutable" if request.query.get("v") == self.version else "no-cache"
        )
        return web.Response(
            body=self._files[name],
            content_type=_TYPES[name.rpartition(".")[2]],
            charset="utf-8",
            headers={"Cache-Control": kept, "X-Content-Type-Options": "nosniff"},
        )


def _version(found: dict[str, bytes]) -> str:
    digest = hashlib.sha256(b"".join(found[name] for name in sorted(found)))
    return digest.hexdigest()[:12]
