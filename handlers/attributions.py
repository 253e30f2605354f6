"""Authors put right what is known of AI in their own pull requests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import PullRequestKey
from bot.domain.surveys import AiAnswer
from bot.errors import UserError
from bot.use_cases.attributions import declare
from bot.views import refusals
from bot.views.attributions import TAKE_BACK
from handlers.clicks import Click, read_click
from handlers.desk import Desk
from handlers.dialogs import say, tell, tell_message

_BLOCK = re.compile(r"attribution:([0-9]{1,18}):([0-9]{1,9})")
_ANSWERS: dict[str, AiAnswer | None] = {
    **{answer.value: answer for answer in AiAnswer},
    TAKE_BACK: None,
}


def register(app: AsyncApp, desk: Desk) -> None:
    @app.action("attribution.declare")
    async def put_right(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        block = _BLOCK.fullmatch(click.block_id)
        if block is None or click.value not in _ANSWERS:
            await tell_message(desk, click, refusals.impossible())
        else:
            await _declare(click, PullRequestKey(RepositoryId(int(block[1])), int(block[2])), desk)
        await ack()


async def _declare(click: Click, key: PullRequestKey, desk: Desk) -> None:
    answer = _ANSWERS[click.value]
    try:
        async with desk.db.transaction(click.workspace_id, name="declare_attribution") as tx:
            message = await declare(tx, click.user, key, answer, now=desk.now())
            await say(tx, desk, click, message)
    except UserError as error:
        await tell(desk, click, str(error))
