"""`response_url`: how an app answers an interaction or a command without a token."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from playground.calls import CallLog, Logged
from playground.faults import Fault, Faults
from playground.records import Installation, Json, Message
from playground.state import State
from playground.strictness import refuse_bad_blocks
from playground.web_api.calls import SlackError
from playground.web_api.door import Answer, Door

MOST_USES = 5
LIFE_S = 30 * 60


@dataclass(slots=True)
class ResponseUrl:
    """One `response_url`: where it answers, and the message it came from, if any."""

    installation: Installation
    channel: str
    user: str
    source: Message | None
    made_at: float
    uses: int = 0


class Responses:
    """The response URLs given out, and what is posted to them."""

    def __init__(self, state: State, *, faults: Faults, log: CallLog, door: Door) -> None:
        self.base_url = ""
        self._state = state
        self._faults = faults
        self._log = log
        self._door = door
        self._given: dict[str, ResponseUrl] = {}

    def issue(
        self, installation: Installation, channel: str, user: str, source: Message | None = None
    ) -> str:
        """Return a new URL: 5 uses within 30 minutes."""
        opaque = secrets.token_urlsafe(18)
        now = self._state.clock.now()
        self._given[opaque] = ResponseUrl(installation, channel, user, source, now)
        return f"{self.base_url}{installation.team_id}/{opaque}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `POST /response/<team>/<opaque>`."""
        team_id = request.match_info["team"]
        fault = self._faults.take("response_url", team_id)
        if fault and not fault.kind.happens_after:
            spoiled = await self._door.suffer(fault, request)
            if spoiled is not None:
                return self._finish(team_id, {}, spoiled, fault)
        body = _read(await request.read())
        answer = self._answer(request.match_info["opaque"], body)
        if fault and fault.kind.happens_after:
            self._note(team_id, body, Answer(0, answer.body, {}), fault)
            await self._door.hang_up(request, fault)
            return web.Response()
        return self._finish(team_id, body, answer, fault)

    def _answer(self, opaque: str, body: Json | None) -> Answer:
        try:
            url = self._use(opaque)
            if body is None:
                raise SlackError("invalid_payload")
            self.respond(url, body)
        except SlackError as refusal:
            gone = refusal.code in ("used_url", "expired_url", "no_such_url")
            return Answer(404 if gone else 400, refusal.as_slack(), {})
        return Answer(200, {"ok": True}, {})

    def _use(self, opaque: str) -> ResponseUrl:
        url = self._given.get(opaque)
        if url is None:
            raise SlackError("no_such_url")
        if self._state.clock.now() - url.made_at > LIFE_S:
            raise SlackError("expired_url")
        if url.uses >= MOST_USES:
            raise SlackError("used_url")
        url.uses += 1
        return url

    def respond(self, url: ResponseUrl, body: Json) -> None:
        """Show what the app answered; answers `invalid_blocks` or `no_text`."""
        if body.get("delete_original"):
            self._delete(url)
            return
        text, blocks = _content(body)
        if body.get("replace_original") and url.source is not None:
            self._replace(url, url.source, text, blocks)
        else:
            message = self._message(url, text, blocks, thread_ts=str(body.get("thread_ts") or ""))
            self._add(url, message, in_channel=body.get("response_type") == "in_channel")

    def _delete(self, url: ResponseUrl) -> None:
        if url.source is not None:
            self._state.delete_message(url.source)

    def _replace(self, url: ResponseUrl, source: Message, text: str, blocks: list[Json]) -> None:
        if not self._is_there(source):
            raise SlackError("message_not_found")
        bot = url.installation.bot_user
        edited = {"user": bot, "ts": f"{self._state.clock.now():.6f}"}
        self._state.change_message(source, text=text, blocks=blocks, edited=edited)

    def _is_there(self, source: Message) -> bool:
        if source.ephemeral_to:
            return any(one is source for one in self._state.ephemerals)
        found = self._state.find_message(source.team_id, source.channel, source.ts)
        return found is source

    def _message(
        self, url: ResponseUrl, text: str, blocks: list[Json], *, thread_ts: str
    ) -> Message:
        return Message(
            url.installation.team_id,
            url.channel,
            self._state.next_ts(),
            text,
            user=url.installation.bot_user,
            blocks=blocks,
            bot_id=url.installation.bot_id,
            app_id=url.installation.app_id,
            thread_ts=thread_ts,
        )

    def _add(self, url: ResponseUrl, message: Message, *, in_channel: bool) -> None:
        if in_channel:
            self._state.post(message)
        else:
            message.ephemeral_to = url.user
            self._state.show_ephemeral(message)

    def answer_directly(
        self, installation: Installation, channel: str, user: str, body: Json
    ) -> None:
        """Show what a command's acknowledgement carried, as if sent to its `response_url`."""
        if body.get("text") or body.get("blocks"):
            now = self._state.clock.now()
            self.respond(ResponseUrl(installation, channel, user, None, now), body)

    def _finish(
        self, team_id: str, body: Json | None, answer: Answer, fault: Fault | None
    ) -> web.Response:
        self._note(team_id, body, answer, fault)
        if answer.status == 200 and answer.body.get("ok"):
            return web.Response(text="ok")
        return web.Response() if answer.status == 0 else answer.as_response()

    def _note(self, team_id: str, body: Json | None, answer: Answer, fault: Fault | None) -> None:
        at, kind = self._state.clock.now(), str(fault.kind) if fault else ""
        self._log.add(
            Logged("response_url", team_id, body or {}, answer.status, answer.body, at, kind)
        )


def _read(body: bytes) -> Json | None:
    try:
        found: Any = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _content(body: Json) -> tuple[str, list[Json]]:
    text, blocks = str(body.get("text") or ""), body.get("blocks") or []
    if blocks:
        refuse_bad_blocks(blocks)
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    return text, blocks
