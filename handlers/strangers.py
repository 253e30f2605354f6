"""Whatever nobody else handles: acknowledged and counted, or Slack would stop sending at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.views import commands, refusals
from handlers.clicks import read_click
from handlers.desk import Desk
from handlers.dialogs import tell_message

_ANYTHING = re.compile(r".*", re.DOTALL)


def register(app: AsyncApp, desk: Desk) -> None:
    """Register last: the first listener that matches wins."""

    @app.event(_ANYTHING)
    async def event(ack: AsyncAck) -> None:
        await ack()

    @app.action(_ANYTHING)
    async def action(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        desk.refusals.add("slack", "unknown_action")
        await tell_message(desk, read_click(body), refusals.impossible())
        await ack()

    @app.view(_ANYTHING)
    async def submission(ack: AsyncAck) -> None:
        desk.refusals.add("slack", "unknown_view")
        await ack()

    @app.view_closed(_ANYTHING)
    async def closed(ack: AsyncAck) -> None:
        await ack()

    @app.command(_ANYTHING)
    async def command(ack: AsyncAck) -> None:
        desk.refusals.add("slack", "unknown_command")
        await ack(response_type="ephemeral", **commands.unknown(""))

    @app.shortcut(_ANYTHING)
    async def shortcut(ack: AsyncAck) -> None:
        desk.refusals.add("slack", "unknown_shortcut")
        await ack()

    @app.options(_ANYTHING)
    async def options(ack: AsyncAck) -> None:
        desk.refusals.add("slack", "unknown_options")
        await ack(options=[])
