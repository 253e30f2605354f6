"""Dialogs: the one thing a handler opens by itself, because a click's trigger lives for seconds."""

from __future__ import annotations

import asyncio

from bot import log
from bot.errors import Permanent, Retryable, Unclear
from bot.ports import Transaction
from bot.use_cases import notes
from bot.views.blocks import Message, View, note
from bot.views.homes import notice_dialog
from bot.views.texts import escaped
from handlers.clicks import Click
from handlers.desk import Desk

_log = log.get("handlers.dialogs")
# A trigger lives for three seconds, and so long the click may wait for its acknowledgement.
_TRIGGER_LIVES_S = 2.5


async def open_dialog(desk: Desk, click: Click, view: View) -> None:
    """Open a modal for the person who clicked; if it is too late they click again."""
    try:
        async with asyncio.timeout(_TRIGGER_LIVES_S):
            slack = await desk.slacks.for_workspace(click.workspace_id)
            await slack.open_dialog(click.trigger_id, view)
    except (Permanent, Retryable, Unclear, TimeoutError) as error:
        _log.warning("dialog.not_opened", error=str(error) or "timeout")


async def tell(desk: Desk, click: Click, text: str) -> None:
    """Say why a click changed nothing: beside the message, or in a dialog over the App Home."""
    await tell_message(desk, click, note(escaped(text, 1000)))


async def tell_message(desk: Desk, click: Click, message: Message) -> None:
    """The same, in words of the views."""
    if click.in_home:
        await open_dialog(desk, click, notice_dialog(message["text"]))
        return
    async with desk.db.transaction(click.workspace_id, name="tell") as tx:
        await say(tx, desk, click, message)


async def say(tx: Transaction, desk: Desk, click: Click, message: Message) -> None:
    """Answer a click on a message, in the transaction of what it did."""
    await notes.say(
        tx,
        message,
        to=click.user,
        response_url=click.response_url,
        key=click.key,
        now=desk.now(),
    )
