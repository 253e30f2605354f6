"""Buttons beneath the message about a run: retry, cancel, details."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.runs import RunId
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases.runs import admins
from bot.views.blocks import Message
from handlers.clicks import Click, read_click
from handlers.desk import Desk
from handlers.dialogs import open_dialog, tell

_Steer = Callable[[Transaction, Click, RunId, Desk], Awaitable[Message | None]]
_LONGEST = 18


def register(app: AsyncApp, desk: Desk) -> None:
    @app.action("runs.details")
    async def show_details(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await _show_details(read_click(body), desk)
        await ack()

    for action_id, steer in (("runs.retry", _retry), ("runs.cancel", _cancel)):
        app.action(action_id)(_listener(steer, desk))


def _listener(steer: _Steer, desk: Desk) -> Callable[..., Awaitable[None]]:
    async def listen(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        try:
            async with desk.db.transaction(click.workspace_id, name="steer_run") as tx:
                await steer(tx, click, run_number(click.value), desk)
        except UserError as error:
            await tell(desk, click, str(error))
        await ack()

    return listen


async def _retry(tx: Transaction, click: Click, run_id: RunId, desk: Desk) -> Message:
    return await admins.retry_now(tx, click.user, run_id, now=desk.now())


async def _cancel(tx: Transaction, click: Click, run_id: RunId, desk: Desk) -> None:
    await admins.cancel_now(tx, click.user, run_id, now=desk.now())


async def _show_details(click: Click, desk: Desk) -> None:
    try:
        run_id = run_number(click.value)
        async with desk.db.transaction(click.workspace_id, name="show_run") as tx:
            view = await admins.details(tx, click.user, run_id, desk.kinds, now=desk.now())
    except UserError as error:
        await tell(desk, click, str(error))
        return
    await open_dialog(desk, click, view)


def run_number(text: str) -> RunId:
    """A run's number as people and buttons write it. Raises UserError for what is none."""
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST):
        raise UserError("A run has a number: `/copilot runs` lists them. Try `/copilot run 12`.")
    return RunId(int(digits))
