"""Where Web API calls come in: token, limits, scopes, planned mishaps, then the method."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from playground.calls import CallLog, Logged
from playground.faults import Fault, FaultKind, Faults
from playground.limits import Limits
from playground.records import Installation, Json
from playground.state import State
from playground.web_api import METHODS
from playground.web_api.arguments import read_arguments, take_client, take_token
from playground.web_api.calls import Backstage, Call, SlackError
from playground.web_api.identities import identify


class RateLimited(Exception):
    """Too many calls; `retry_after_s` are whole seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class Answer:
    """What goes back: a status, a body, headers; status 0 cuts the line instead."""

    status: int
    body: Json
    headers: dict[str, str]

    def as_response(self) -> web.Response:
        """Return the HTTP response."""
        return web.json_response(self.body, status=self.status, headers=self.headers)


_NOBODY = Installation("", "", "", "", "", "")


class Door:
    """Answers `/api/<method>`."""

    def __init__(
        self,
        state: State,
        *,
        faults: Faults,
        limits: Limits,
        log: CallLog,
        backstage: Backstage,
    ) -> None:
        self._state = state
        self._faults = faults
        self._limits = limits
        self._log = log
        self._backstage = backstage
        self.stopping = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        name = request.match_info["method"]
        try:
            args = await read_arguments(request)
            call = self._identify(name, request, args)
        except SlackError as refusal:
            return self._refuse_stranger(name, refusal)
        fault = self._faults.take(name, call.team_id)
        if fault and not fault.kind.happens_after:
            spoiled = await self.suffer(fault, request)
            if spoiled is not None:
                return self._finish(call, spoiled, fault)
        answer = self._answer(call)
        if fault and fault.kind.happens_after:
            self._note(call, answer, fault)
            await self.hang_up(request, fault)
            return web.Response()
        return self._finish(call, answer, fault)

    def _identify(self, name: str, request: web.Request, args: Json) -> Call:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if method.tokenless:
            take_client(request, args)
            return Call(name, args, self._state, _NOBODY, self._backstage)
        token = take_token(request, args)
        triggers = self._backstage.triggers
        installation = identify(self._state, triggers, method, token, args)
        given = self._state.tokens.get(token)
        return Call(name, args, self._state, installation, self._backstage, given)

    def _refuse_stranger(self, name: str, refusal: SlackError) -> web.Response:
        body = refusal.as_slack()
        self._log.add(Logged(name, "", {}, 200, body, self._state.clock.now()))
        return web.json_response(body)

    def _answer(self, call: Call) -> Answer:
        headers = {"X-OAuth-Scopes": call.installation.scopes}
        try:
            self._check_limits(call)
            method = METHODS[call.method]
            if method.scope:
                call.need(method.scope)
            return Answer(200, {"ok": True, **method.run(call)}, headers)
        except SlackError as refusal:
            return Answer(200, refusal.as_slack(), headers)
        except RateLimited as refusal:
            return ratelimited(refusal.retry_after_s)

    def _check_limits(self, call: Call) -> None:
        workspace = self._state.workspaces.get(call.team_id)
        wait_s = self._limits.retry_after_s(
            call.method,
            f"{call.team_id}/{call.installation.app_id}",
            channel=self._lane(call),
            distributed=workspace is not None and workspace.distributed,
        )
        if wait_s is not None:
            raise RateLimited(wait_s)

    def _lane(self, call: Call) -> str:
        """Return the channel a call goes to; a person's id means their direct messages."""
        name = call.text("channel")
        dm = self._state.dm_of(call.installation, name)
        return dm.id if dm else name

    async def suffer(self, fault: Fault, request: web.Request) -> Answer | None:
        """Go wrong as planned; None means: only late, carry on."""
        if fault.kind is FaultKind.SLOW:
            await self._pause(fault.seconds)
            return None
        if fault.kind in (FaultKind.TIMEOUT_BEFORE, FaultKind.RESET):
            await self.hang_up(request, fault)
            return Answer(0, {}, {})
        if fault.kind is FaultKind.RATELIMITED:
            return ratelimited(fault.retry_after_s)
        if fault.kind is FaultKind.ERROR:
            return Answer(200, {"ok": False, "error": fault.error}, {})
        status = 500 if fault.kind is FaultKind.HTTP_500 else 503
        return Answer(status, {"ok": False, "error": "internal_error"}, {})

    async def hang_up(self, request: web.Request, fault: Fault) -> None:
        """Cut the line without an answer; a timeout keeps it hanging before."""
        if fault.kind in (FaultKind.TIMEOUT_BEFORE, FaultKind.TIMEOUT_AFTER):
            await self._pause(fault.seconds)
        if request.transport is not None:
            request.transport.abort()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the playground lives."""
        try:
            await self._state.clock.within(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    def _finish(self, call: Call, answer: Answer, fault: Fault | None) -> web.Response:
        self._note(call, answer, fault)
        return web.Response() if answer.status == 0 else answer.as_response()

    def _note(self, call: Call, answer: Answer, fault: Fault | None) -> None:
        hung_up = fault is not None and fault.kind.happens_after
        status = 0 if hung_up else answer.status
        at, kind = self._state.clock.now(), str(fault.kind) if fault else ""
        self._log.add(Logged(call.method, call.team_id, call.args, status, answer.body, at, kind))
        self._state.feed.publish(
            "call", call.team_id, method=call.method, status=status, ok=answer.body.get("ok")
        )


def ratelimited(retry_after_s: int) -> Answer:
    """Return Slack's "too many requests"."""
    return Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(retry_after_s)})
