"""The App Home: opened by people, set up by admins."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.ids import MemberId, WorkspaceId
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases import games, homes, leaderboards, members
from bot.views.homes import timezone_dialog
from bot.views.texts import escaped
from handlers.clicks import Click, read_click, typed, user_of
from handlers.desk import Desk
from handlers.dialogs import open_dialog, tell
from handlers.payloads import is_user, workspace_of

_Change = Callable[[Transaction, Click, Desk], Awaitable[None]]
_WHOLE = re.compile(r"[0-9]{1,3}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}")


def register(app: AsyncApp, desk: Desk) -> None:
    @app.event("app_home_opened")
    async def opened(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        event = body["event"]
        if event.get("tab", "home") == "home" and is_user(event["user"]):
            async with desk.db.transaction(workspace_of(body), name="show_home") as tx:
                await homes.show_home(tx, event["user"], vault=desk.vault, now=desk.now())
        await ack()

    @app.action("home.timezone")
    async def ask_timezone(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        async with desk.db.transaction(click.workspace_id, name="read_game") as tx:
            game = await games.read(tx)
        await open_dialog(desk, click, timezone_dialog(game.timezone))
        await ack()

    @app.view("home.timezone")
    async def set_timezone(ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        errors = await _set_timezone(workspace_of(body), user_of(body), view, desk)
        await (ack(response_action="errors", errors=errors) if errors else ack())

    @app.action(re.compile(r"home\..*"))
    async def set_up(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        await _set_up(click, _CHANGES.get(click.action_id, _no_such_setting), desk)
        await ack()


async def _set_up(click: Click, change: _Change, desk: Desk) -> None:
    try:
        async with desk.db.transaction(click.workspace_id, name="set_up") as tx:
            await games.require_admin(tx, click.user)
            await change(tx, click, desk)
            await homes.show_home(tx, click.user, vault=desk.vault, now=desk.now())
    except UserError as error:
        await tell(desk, click, str(error))


async def _set_timezone(
    workspace_id: WorkspaceId, user: str, view: Mapping[str, Any], desk: Desk
) -> dict[str, str]:
    zone = typed(view, "timezone", "value").strip()
    try:
        async with desk.db.transaction(workspace_id, name="set_timezone") as tx:
            await games.change(tx, user, now=desk.now(), timezone=zone)
            await homes.show_home(tx, user, vault=desk.vault, now=desk.now())
    except UserError as error:
        return {"timezone": escaped(str(error))}
    return {}


async def _game_on(tx: Transaction, click: Click, desk: Desk) -> None:
    await games.switch(tx, click.user, on=True, now=desk.now())


async def _game_off(tx: Transaction, click: Click, desk: Desk) -> None:
    await games.switch(tx, click.user, on=False, now=desk.now())


def _set(**changes: Any) -> _Change:
    async def change(tx: Transaction, click: Click, desk: Desk) -> None:
        await games.change(tx, click.user, now=desk.now(), **changes)

    return change


def _number(field: str) -> _Change:
    async def change(tx: Transaction, click: Click, desk: Desk) -> None:
        await games.change(tx, click.user, now=desk.now(), **{field: _whole(click)})

    return change


def _whole(click: Click) -> int:
    if not _WHOLE.fullmatch(click.value):
        raise UserError("That choice is not on offer. Please pick one from the menu.")
    return int(click.value)


async def _channel(tx: Transaction, click: Click, desk: Desk) -> None:
    if not _CHANNEL.fullmatch(click.value):
        raise UserError("Please choose a channel; I cannot post the leaderboard anywhere else.")
    await games.change(tx, click.user, now=desk.now(), leaderboard_channel=click.value)


async def _daily_budget(tx: Transaction, click: Click, desk: Desk) -> None:
    """A day's budget larger than the week's raises the week's as well."""
    daily = _whole(click)
    weekly = max(daily, (await games.read(tx)).weekly_budget)
    await games.change(tx, click.user, now=desk.now(), daily_budget=daily, weekly_budget=weekly)


async def _post_leaderboard(tx: Transaction, click: Click, desk: Desk) -> None:
    await leaderboards.post_now(tx, click.user, now=desk.now())


async def _link(tx: Transaction, click: Click, desk: Desk) -> None:
    login = members.normalized_login(click.block_id.removeprefix("home:link:"))
    actor = await _actor(tx, click)
    await members.link(tx, click.value, login, actor=actor, source="admin", now=desk.now())


async def _confirm_claim(tx: Transaction, click: Click, desk: Desk) -> None:
    member_id, login = _claim_of(click)
    actor = await _actor(tx, click)
    await members.confirm_claim(tx, member_id, login, actor=actor, now=desk.now())


async def _refuse_claim(tx: Transaction, click: Click, desk: Desk) -> None:
    member_id, login = _claim_of(click)
    actor = await _actor(tx, click)
    await members.refuse_claim(tx, member_id, login, actor=actor, now=desk.now())


async def _actor(tx: Transaction, click: Click) -> str:
    """The admin, as audits name people."""
    return str((await games.require_admin(tx, click.user)).member_id)


def _claim_of(click: Click) -> tuple[MemberId, Any]:
    member_id, _, login = click.value.partition(":")
    if not member_id.isdecimal() or len(member_id) > 18:
        raise UserError("I can't find that claim any more. Nothing was changed.")
    return MemberId(int(member_id)), members.normalized_login(login)


async def _no_such_setting(tx: Transaction, click: Click, desk: Desk) -> None:
    raise UserError("I don't know that setting, so nothing was changed.")


_CHANGES: dict[str, _Change] = {
    "home.game_on": _game_on,
    "home.game_off": _game_off,
    "home.reveals_on": _set(reveals_on=True),
    "home.reveals_off": _set(reveals_on=False),
    "home.names_opt_in": _set(names_opt_in=True),
    "home.names_opt_out": _set(names_opt_in=False),
    "home.channel": _channel,
    "home.weekday": _number("weekday"),
    "home.hour": _number("hour"),
    "home.daily_budget": _daily_budget,
    "home.weekly_budget": _number("weekly_budget"),
    "home.post_leaderboard": _post_leaderboard,
    "home.link": _link,
    "home.claim_confirm": _confirm_claim,
    "home.claim_refuse": _refuse_claim,
}
