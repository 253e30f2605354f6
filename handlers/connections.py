"""What people press to connect GitHub, or to show which account there is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from bot.use_cases import connections, games, homes, oauth_states
from bot.use_cases.oauth_states import Errand, Purpose
from bot.views import githubs as pages
from bot.views.homes import claim_dialog, connect_dialog, token_dialog
from bot.views.texts import escaped
from handlers.clicks import Click, read_click, typed, user_of
from handlers.desk import Desk
from handlers.dialogs import open_dialog, tell
from handlers.payloads import workspace_of

_NO_APP = (
    "Whoever runs me has to set up a GitHub App first: GITHUB_APP_ID, GITHUB_PRIVATE_KEY, "
    "GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET. Until then you can connect by a token."
)


def register(app: AsyncApp, desk: Desk) -> None:
    @app.action("home.claim")
    async def ask_login(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        url = await _invite(desk, click, Purpose.GITHUB_LINK, pages.LINK)
        await open_dialog(desk, click, claim_dialog(url))
        await ack()

    @app.action("home.connect_github")
    async def connect(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        try:
            await _require_admin(desk, click)
            url = await _invite(desk, click, Purpose.GITHUB_APP, pages.INSTALL)
            if url is None:
                raise UserError(_NO_APP)
            await open_dialog(desk, click, connect_dialog(url))
        except UserError as error:
            await tell(desk, click, str(error))
        await ack()

    @app.action("home.by_token")
    async def ask_token(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        try:
            await _require_admin(desk, click)
            await open_dialog(desk, click, token_dialog())
        except UserError as error:
            await tell(desk, click, str(error))
        await ack()

    @app.view("home.github_token")
    async def offer(ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        errors = await _offer(workspace_of(body), user_of(body), view, desk)
        await (ack(response_action="errors", errors=errors) if errors else ack())

    @app.action("home.to_github")
    async def went(ack: AsyncAck) -> None:
        """The link has opened in the browser; Slack only tells us so."""
        await ack()


async def _require_admin(desk: Desk, click: Click) -> None:
    async with desk.db.transaction(click.workspace_id, name="read_admin") as tx:
        await games.require_admin(tx, click.user)


async def _invite(desk: Desk, click: Click, purpose: Purpose, path: str) -> str | None:
    """A link of ours that leads to GitHub, for this person alone; None where there is no App."""
    if desk.github is None:
        return None
    errand = Errand(click.workspace_id, click.user)
    state = await oauth_states.invite(desk.db, errand, purpose, now=desk.now())
    return f"{desk.public_url}{path}?ticket={state}"


async def _offer(
    workspace_id: WorkspaceId, user: str, view: Mapping[str, Any], desk: Desk
) -> dict[str, str]:
    """Take the token, to be looked at; the errors to show beside the field, if any."""
    account, token = (typed(view, name, name).strip() for name in ("account", "token"))
    try:
        async with desk.db.transaction(workspace_id, name="offer_token") as tx:
            await connections.offer_token(tx, user, account, token, vault=desk.vault)
            await homes.show_home(tx, user, vault=desk.vault, now=desk.now())
    except UserError as error:
        return {"account": escaped(str(error))}
    return {}
