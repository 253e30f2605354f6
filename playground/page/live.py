"""`/live/<workspace>/<person>`: tells open pages by WebSocket what changed, and who is typing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMsgType, web

from playground.feed import Subscription
from playground.page.viewers import Viewer, find_viewer
from playground.records import Json
from playground.server import Playground

_GATHER_S = 0.03
_INSPECTORS_ONLY = ("call", "traffic")


@dataclass(eq=False, slots=True)
class _Open:
    """One open page."""

    viewer: Viewer
    socket: web.WebSocketResponse

    async def tell(self, what: Json) -> None:
        if not self.socket.closed:
            await self.socket.send_str(json.dumps(what))


class Live:
    """All open pages."""

    def __init__(self, slack: Playground, version: str) -> None:
        self._slack = slack
        self._version = version
        self._open: set[_Open] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Keep one page up to date until it goes away."""
        try:
            viewer = find_viewer(self._slack, request.match_info["team"], request.match_info["who"])
        except LookupError:
            raise web.HTTPNotFound(text="There is no such person here.") from None
        page = _Open(viewer, web.WebSocketResponse(heartbeat=20))
        await page.socket.prepare(request)
        self._open.add(page)
        try:
            await self._keep_telling(page)
        finally:
            self._open.discard(page)
        return page.socket

    async def _keep_telling(self, page: _Open) -> None:
        with self._slack.feed.subscribe() as changes:
            telling = asyncio.ensure_future(self._tell_of(changes, page))
            try:
                async for message in page.socket:
                    if message.type is WSMsgType.TEXT:
                        await self._pass_on(page, message.data)
            finally:
                telling.cancel()

    async def _tell_of(self, changes: Subscription, page: _Open) -> None:
        """Say what is out of date, once for changes that come together."""
        seq = self._slack.traffic.newest
        await page.tell({"version": self._version, "traffic": seq})
        while True:
            kinds = {(await changes.get()).kind}
            await asyncio.sleep(_GATHER_S)
            kinds |= {change.kind for change in changes.waiting()}
            changed = any(kind not in _INSPECTORS_ONLY for kind in kinds)
            await page.tell({"changed": changed, "traffic": self._slack.traffic.newest})

    async def _pass_on(self, page: _Open, text: str) -> None:
        """Let the others in a channel see that somebody is typing."""
        try:
            channel = json.loads(text)["typing"]
        except (ValueError, TypeError, KeyError):
            return
        said = {"typing": {"channel": channel, "who": page.viewer.user.real_name}}
        if channel in {one.id for one in page.viewer.channels()}:
            for other in list(self._open):
                if _listens(other.viewer, page.viewer, channel):
                    await other.tell(said)

    async def hang_up(self, _: web.Application) -> None:
        """Close every page's WebSocket."""
        for page in list(self._open):
            await page.socket.close(code=WSCloseCode.GOING_AWAY)


def _listens(other: Viewer, typist: Viewer, channel: str) -> bool:
    if (other.team_id, other.user.id) == (typist.team_id, typist.user.id):
        return False
    return other.team_id == typist.team_id and channel in {one.id for one in other.channels()}
