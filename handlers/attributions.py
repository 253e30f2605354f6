"""Authors put right what is known of AI in their own pull requests, admins what a rule got wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import PullRequestKey
from bot.domain.surveys import AiAnswer
from bot.errors import UserError
from bot.use_cases.attributions import correct_in_slack, declare
from bot.views import refusals
from bot.views.attributions import TAKE_BACK
from handlers.clicks import Click, read_click
from handlers.desk import Desk
from handlers.dialogs import say, tell, tell_message

_BLOCK = re.compile(r"attribution:(-?[0-9]{1,18}):([0-9]{1,9})(?::[a-z_.]{1,100})?")
_ANSWERS: dict[str, AiAnswer | None] = {
    **{answer.value: answer for answer in AiAnswer},
    TAKE_BACK: None,
}

_UNDOES = {"attribution.dismiss": False, "attribution.restore": True}


def register(app: AsyncApp, desk: Desk) -> None:
    @app.action(re.compile(r"attribution\..*"))
    async def put_right(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        block = _BLOCK.fullmatch(click.block_id)
        if block is None or not _is_known(click):
            await tell_message(desk, click, refusals.impossible())
        else:
            await _put_right(
                click, PullRequestKey(RepositoryId(int(block[1])), int(block[2])), desk
            )
        await ack()


def _is_known(click: Click) -> bool:
    if click.action_id == "attribution.declare":
        return click.value in _ANSWERS
    return click.action_id in _UNDOES


async def _put_right(click: Click, key: PullRequestKey, desk: Desk) -> None:
    now = desk.now()
    try:
        async with desk.db.transaction(click.workspace_id, name="correct_in_slack") as tx:
            if click.action_id == "attribution.declare":
                answer = _ANSWERS[click.value]
                message = await declare(tx, click.user, key, answer, now=now)
            else:
                undo = _UNDOES[click.action_id]
                message = await correct_in_slack(
                    tx, click.user, key, click.value, undo=undo, now=now
                )
            await say(tx, desk, click, message)
    except UserError as error:
        await tell(desk, click, str(error))
