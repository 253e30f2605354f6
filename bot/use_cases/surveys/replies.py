"""What happens when somebody taps: the reply is checked, kept, and the survey looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.surveys import Applied, Refused, Reply, Unchanged, apply
from bot.ports import Transaction
from storage import replies


@dataclass(frozen=True, slots=True)
class Answered:
    """The reply is kept, or had been before: `changed` tells."""

    changed: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """There is no such question any more."""


@dataclass(frozen=True, slots=True)
class NotYours:
    """The question was put to somebody else."""


async def answer(
    tx: Transaction, reply: Reply, *, response_url: str | None, now: datetime
) -> Answered | Refused | Unknown | NotYours:
    """Record one reply; the same reply twice changes nothing.

    `response_url` is Slack's quick way to update the message that was clicked. The message
    itself, and a reveal if both sides have answered, follow in a job.
    """
    asked = await replies.lock_part(tx, reply.part_id, now=now)
    if asked is None:
        return Unknown()
    if asked.slack_user_id != reply.slack_user_id:
        return NotYours()
    match apply(asked.part, reply, survey_open=asked.survey_open):
        case Applied(part):
            await replies.save_part(tx, part, response_url=response_url, now=now)
            return Answered(changed=True)
        case Unchanged():
            return Answered(changed=False)
        case Refused() as refused:
            return refused
