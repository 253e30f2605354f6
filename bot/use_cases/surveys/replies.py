"""What happens when somebody taps: the reply is checked, kept, and the survey looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.domain.ids import WorkspaceId
from bot.domain.surveys import Applied, Refused, Reply, Unchanged, apply
from bot.errors import Conflict
from bot.ports import Database
from storage import replies

_TRIES = 10


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
    db: Database,
    workspace_id: WorkspaceId,
    reply: Reply,
    *,
    response_url: str | None,
    now: datetime,
) -> Answered | Refused | Unknown | NotYours:
    """Record one reply; the same reply twice changes nothing.

    `response_url` is Slack's quick way to update the message that was tapped. The message
    itself, and a reveal if both sides have answered, follow in a job. Decided on what was read
    and saved only if that still holds, else decided anew. Raises Conflict when that never ends.
    """
    for _ in range(_TRIES):
        asked = await replies.read_part(db, workspace_id, reply.part_id, now=now)
        if asked is None:
            return Unknown()
        if asked.slack_user_id != reply.slack_user_id:
            return NotYours()
        match apply(asked.part, reply, survey_open=asked.survey_open):
            case Applied(part):
                if await replies.save_part(
                    db,
                    workspace_id,
                    part,
                    version=asked.version,
                    response_url=response_url,
                    now=now,
                ):
                    return Answered(changed=True)
            case Unchanged():
                return Answered(changed=False)
            case Refused() as refused:
                return refused
            case never:
                assert_never(never)
    raise Conflict(f"part {reply.part_id} keeps changing")
