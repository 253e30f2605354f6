"""Admins choose in their Home which repositories count: asked, previewed, confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.ids import SlackUserId
from bot.domain.repositories import Choice, Selection
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases import games, homes, repositories
from bot.views.blocks import View
from bot.views.homes.repositories import CHOOSE, CONFIRM, PreviewView, repositories_dialog
from bot.views.texts import escaped
from handlers.clicks import Click, picked, read_click, typed, user_of
from handlers.desk import Desk
from handlers.dialogs import open_dialog, tell
from handlers.payloads import Body, workspace_of


def register(app: AsyncApp, desk: Desk) -> None:
    @app.action(CHOOSE)
    async def ask(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        try:
            await open_dialog(desk, click, await _dialog(desk, click))
        except UserError as error:
            await tell(desk, click, str(error))
        await ack()

    @app.view(CHOOSE)
    async def preview(ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        try:
            async with desk.db.transaction(workspace_of(body), name="preview_selection") as tx:
                shown = await _preview(tx, user_of(body), view)
            await ack(response_action="update", view=dict(shown))
        except UserError as error:
            await ack(response_action="errors", errors={"names": escaped(str(error))})

    @app.view(CONFIRM)
    async def confirm(ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        try:
            async with desk.db.transaction(workspace_of(body), name="select_repositories") as tx:
                await _select(tx, user_of(body), view, desk)
            await ack()
        except UserError as error:
            await ack(response_action="errors", errors={"names": escaped(str(error))})


async def _dialog(desk: Desk, click: Click) -> View:
    async with desk.db.transaction(click.workspace_id, name="read_selection") as tx:
        await games.require_admin(tx, click.user)
        selection = await repositories.selection(tx)
        return repositories_dialog(selection.choice, await repositories.lines_of(tx, selection))


async def _preview(tx: Transaction, user: SlackUserId, view: Body) -> View:
    await games.require_admin(tx, user)
    wanted = await _wanted(tx, view)
    seen = await repositories.preview(tx, wanted)
    lines = await repositories.lines_of(tx, wanted)
    return repositories_dialog(wanted.choice, lines, PreviewView(seen.counted, seen.left_out))


async def _select(tx: Transaction, user: SlackUserId, view: Body, desk: Desk) -> None:
    member = await games.require_admin(tx, user)
    wanted = await _wanted(tx, view)
    await repositories.select(tx, wanted, actor=str(member.member_id), now=desk.now())
    await homes.show_home(tx, user, vault=desk.vault, now=desk.now())


async def _wanted(tx: Transaction, view: Body) -> Selection:
    """What was chosen and typed. Raises UserError for what cannot be meant."""
    choice = picked(view, "choice", "value")
    if choice not in {one.value for one in Choice}:
        raise UserError("Please choose one of the three.")
    lines = typed(view, "names", "value").split()
    return await repositories.read_wanted(tx, Choice(choice), lines)
