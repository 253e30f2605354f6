"""The Bolt app: who answers what, who is let in, and what happens when something breaks."""

from __future__ import annotations

import uuid
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.web.async_client import AsyncWebClient

from bot import log
from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, DatabaseAway, HunchError, Retryable, Unclear
from bot.views.commands import failed
from bot.watch import Watched
from handlers import (
    attributions,
    commands,
    connections,
    departures,
    homes,
    members,
    repositories,
    runs,
    strangers,
    surveys,
)
from handlers.desk import Desk
from handlers.payloads import text
from handlers.presences import Presences

_log = log.get("handlers.slack")


def build_bolt(desk: Desk, client: AsyncWebClient) -> AsyncApp:
    """The app, with nothing taken from the environment and every listener registered.

    Requests come in verified (handlers/slack_http.py, handlers/sockets.py), so Bolt's own check,
    which parses before it verifies, is off. A listener's work is done before the answer.
    """
    presences = Presences(desk)
    app = AsyncApp(
        name="hunch",
        client=client,
        authorize=Authorize(desk, presences),
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    departures.register(app, desk, presences)
    for noun in (
        surveys,
        members,
        attributions,
        connections,
        repositories,
        homes,
        runs,
        commands,
        strangers,
    ):
        noun.register(app, desk)
    app.error(_answer_error)
    return app


def bolt_request(payload: dict[str, Any]) -> AsyncBoltRequest:
    """An understood payload for Bolt, which takes objects in its Socket Mode only."""
    return AsyncBoltRequest(body=payload, mode="socket_mode")


_KINDS = {
    "block_actions": "click",
    "event_callback": "event",
    "view_closed": "dialog",
    "view_submission": "dialog",
}


def tell_apart(watched: Watched, sent: Any, payload: dict[str, Any], *, door: str) -> None:
    """Let the metrics know what kind of request this is, and the log whose."""
    kind = "command" if "command" in payload else _KINDS.get(payload["type"], "other")
    watched.labels = (door, kind)
    event_id = text(sent.get("event_id"), 50)
    watched.tell(workspace_id=payload["team_id"], **({"event_id": event_id} if event_id else {}))


class NotInstalled(HunchError):
    """Something came from a workspace we are not, or no longer, installed in."""


class Authorize(AsyncAuthorize):
    """Lets in the workspaces Hunch is installed in; no call to Slack, a short memory.

    Raises DatabaseAway while the database is away, NotInstalled for strangers. It never returns
    None: Bolt would then call Slack itself and acknowledge what nobody stored.
    """

    def __init__(self, desk: Desk, presences: Presences) -> None:
        self._desk = desk
        self._presences = presences

    async def __call__(
        self, *, team_id: str | None, enterprise_id: str | None, **_: Any
    ) -> AuthorizeResult:
        workspace_id, org_id = WorkspaceId(team_id or ""), WorkspaceId(enterprise_id or "")
        found = await self._presences.find(workspace_id, org_id)
        if found is None:
            self._desk.refusals.add("slack", "not_installed")
            raise NotInstalled(workspace_id)
        # Bolt wants a token; ours stays in the vault until a message is sent.
        return AuthorizeResult(
            enterprise_id=found.enterprise_id or None,
            team_id=workspace_id,
            bot_user_id=found.bot_user_id,
            bot_id=found.bot_id,
            bot_token="",  # nosec B106
        )


async def _answer_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """No acknowledgement for what was not stored: Slack tries again or tells the person.

    What comes from a workspace without us is acknowledged: trying again changes nothing. A command
    that failed is answered with a reference, as nothing but the answer was wanted.
    """
    match error:
        case NotInstalled():
            return BoltResponse(status=200, body="")
        case DatabaseAway() | Conflict() | Retryable() | Unclear():
            _log.warning(
                "slack.not_stored",
                error=type(error).__name__,
                advice=getattr(error, "advice", None),
            )
            return BoltResponse(status=503, body="")
        case _:
            reference = uuid.uuid4().hex[:8]
            _log.error("slack.failed", reference=reference, exc_info=error)
            if "command" not in body:
                return BoltResponse(status=500, body="")
            answer = {"response_type": "ephemeral", **failed(reference)}
            return BoltResponse(status=200, body=answer)
