"""What people choose about themselves, and what Slack says about them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.budgets import QuietHours
from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases import homes, members
from bot.views import members as words
from bot.views.blocks import Message
from bot.views.texts import escaped
from handlers.clicks import Click, read_click, typed, user_of
from handlers.desk import Desk
from handlers.dialogs import say, tell
from handlers.payloads import workspace_of

_SNOOZE_DAYS = {"1", "3", "7", "14", "28"}
_Choice = Callable[[Transaction, Click, Desk], Awaitable[Message]]


def register(app: AsyncApp, desk: Desk) -> None:
    @app.action(re.compile(r"member\..*"))
    async def choose(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        await _choose(click, _CHOICES.get(click.action_id, _no_such_choice), desk)
        await ack()

    @app.action(re.compile(r"home\.quiet_(start|end|weekends)"))
    async def set_quiet_hours(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await _choose(read_click(body), _set_quiet_hours, desk)
        await ack()

    @app.view("home.claim")
    async def claim(ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        errors = await _claim(workspace_of(body), user_of(body), view, desk)
        await (ack(response_action="errors", errors=errors) if errors else ack())

    for event in ("team_join", "user_change"):

        @app.event(event)
        async def keep(ack: AsyncAck, body: Mapping[str, Any]) -> None:
            user = body["event"]["user"]
            async with desk.db.transaction(workspace_of(body), name="keep_profile") as tx:
                users = [user] if isinstance(user, Mapping) else []
                await members.keep_profiles(tx, users, now=desk.now())
            await ack()


async def _choose(click: Click, choice: _Choice, desk: Desk) -> None:
    """Make the choice; then a word where the click was, or a fresh App Home."""
    try:
        async with desk.db.transaction(click.workspace_id, name="choose") as tx:
            message = await choice(tx, click, desk)
            await homes.show_home(tx, click.user, vault=desk.vault, now=desk.now())
            if not click.in_home:
                await say(tx, desk, click, message)
    except UserError as error:
        await tell(desk, click, str(error))


async def _snooze(tx: Transaction, click: Click, desk: Desk) -> Message:
    if click.value not in _SNOOZE_DAYS:
        raise UserError("That choice is not on offer. Please pick one from the menu.")
    member = await members.snooze(tx, click.user, days=int(click.value), now=desk.now())
    return words.snoozed(member.snoozed_until or desk.now(), member.timezone)


async def _stop(tx: Transaction, click: Click, desk: Desk) -> Message:
    await members.stop(tx, click.user, now=desk.now())
    return words.stopped()


async def _resume(tx: Transaction, click: Click, desk: Desk) -> Message:
    await members.resume(tx, click.user, now=desk.now())
    return words.resumed()


async def _name_off(tx: Transaction, click: Click, desk: Desk) -> Message:
    await members.show_name(tx, click.user, False, now=desk.now())
    return words.name_off()


async def _name_on(tx: Transaction, click: Click, desk: Desk) -> Message:
    await members.show_name(tx, click.user, True, now=desk.now())
    return words.name_on()


async def _no_such_choice(tx: Transaction, click: Click, desk: Desk) -> Message:
    raise UserError("I don't know that choice, so nothing was changed.")


_CHOICES: dict[str, _Choice] = {
    "member.snooze": _snooze,
    "member.stop": _stop,
    "member.resume": _resume,
    "member.name_off": _name_off,
    "member.name_on": _name_on,
}


async def _set_quiet_hours(tx: Transaction, click: Click, desk: Desk) -> Message:
    member = await members.require_member(tx, click.user)
    quiet = _quiet_hours(member.quiet, click)
    await members.set_quiet_hours(tx, click.user, quiet, now=desk.now())
    return words.quiet_hours_set()


def _quiet_hours(quiet: QuietHours, click: Click) -> QuietHours:
    if click.action_id == "home.quiet_weekends":
        return replace(quiet, weekends=bool(click.ticked))
    if click.value not in _HOURS:
        raise UserError("That hour is not on offer, so nothing changed.")
    hour = int(click.value)
    if click.action_id == "home.quiet_start":
        return replace(quiet, start_h=hour)
    return replace(quiet, end_h=hour)


_HOURS = {str(hour) for hour in range(24)}


async def _claim(
    workspace_id: WorkspaceId, user: str, view: Mapping[str, Any], desk: Desk
) -> dict[str, str]:
    """Take note of "that's me"; the errors to show beside the field, if any."""
    try:
        login = members.normalized_login(typed(view, "login", "value"))
        async with desk.db.transaction(workspace_id, name="claim") as tx:
            await members.claim(tx, user, login, now=desk.now())
            await homes.show_home(tx, user, vault=desk.vault, now=desk.now())
    except UserError as error:
        return {"login": escaped(str(error))}
    return {}
