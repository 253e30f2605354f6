"""Taps in a survey: one parsed reply, one use case, one acknowledgement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.ids import PartId
from bot.domain.surveys import (
    AiAnswer,
    AnswerIt,
    Guess,
    GuessIt,
    NameTool,
    RateIt,
    Rating,
    Refused,
    Reply,
    Rework,
    SayRework,
    SetReveal,
    Tool,
)
from bot.use_cases.surveys import Answered, NotYours, Unknown, answer
from bot.views import refusals
from bot.views.blocks import Message
from handlers.clicks import Click, read_click
from handlers.desk import Desk
from handlers.dialogs import tell_message

_BLOCK = re.compile(r"part:([0-9]{1,18}):[a-z]+")
_Outcome = Answered | Refused | Unknown | NotYours


def register(app: AsyncApp, desk: Desk) -> None:
    @app.action(re.compile(r"survey\..*"))
    async def tap(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        click = read_click(body)
        reply = read_reply(click)
        message = refusals.impossible() if reply is None else await _answer(reply, click, desk)
        if message is not None:
            await tell_message(desk, click, message)
        await ack()


async def _answer(reply: Reply, click: Click, desk: Desk) -> Message | None:
    url = click.response_url or None
    return _words(
        await answer(desk.db, click.workspace_id, reply, response_url=url, now=desk.now())
    )


def read_reply(click: Click) -> Reply | None:
    """The reply behind a tap; None for what none of our buttons sends."""
    block = _BLOCK.fullmatch(click.block_id)
    if block is None:
        return None
    try:
        return _reply(click, PartId(int(block[1])))
    except ValueError:  # a value outside its enum
        return None


def _reply(click: Click, part: PartId) -> Reply | None:
    match click.action_id.split(".")[1:]:
        case ["answer", said]:
            return AnswerIt(part, click.user, AiAnswer(said))
        case ["rate", said]:
            return RateIt(part, click.user, Rating(said))
        case ["guess", said]:
            return GuessIt(part, click.user, Guess(said))
        case ["tool"]:
            return NameTool(part, click.user, Tool(click.value))
        case ["rework"]:
            return SayRework(part, click.user, Rework(click.value))
        case ["reveal"]:
            return SetReveal(part, click.user, ok=not click.ticked)
        case _:
            return None


def _words(outcome: _Outcome) -> Message | None:
    """What to say beside the updated message; None when that says it all."""
    match outcome:
        case Answered():
            return None
        case Refused(reason):
            return refusals.refused(reason)
        case Unknown():
            return refusals.gone()
        case NotYours():
            return refusals.not_yours()
        case never:
            assert_never(never)
