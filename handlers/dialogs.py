"""Dialogs: the one thing a handler opens by itself, because a click's trigger lives for seconds."""

from __future__ import annotations

from bot import log
from bot.errors import Permanent, Retryable, Unclear
from bot.use_cases import notes
from bot.views.blocks import View, note
from bot.views.homes import notice_dialog
from bot.views.texts import escaped
from handlers.clicks import Click
from handlers.desk import Desk

_log = log.get("handlers.dialogs")


async def open_dialog(desk: Desk, click: Click, view: View) -> None:
    """Open a modal for the person who clicked; if it is too late they click again."""
    try:
        slack = await desk.slacks.for_workspace(click.workspace_id)
        await slack.open_dialog(click.trigger_id, view)
    except (Permanent, Retryable, Unclear) as error:
        _log.warning("dialog.not_opened", error=str(error))


async def tell(desk: Desk, click: Click, text: str) -> None:
    """Say why a click changed nothing: beside the message, or in a dialog over the App Home."""
    if click.in_home:
        await open_dialog(desk, click, notice_dialog(escaped(text, 1000)))
        return
    async with desk.db.transaction(click.workspace_id, name="tell") as tx:
        await notes.say(
            tx,
            note(escaped(text, 1000)),
            to=click.user,
            response_url=click.response_url,
            key=click.key,
            now=desk.now(),
        )
