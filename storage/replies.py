"""What a tap reads and writes: the hot path, one round trip each way, shared by taps that come
at the same moment.

The two statements are functions of the database (migration 0001) that name their own workspace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import PartId, SlackUserId, WorkspaceId
from bot.domain.surveys import Part
from bot.ports import Database
from storage.surveys import LOOK, part_of

_READ = "SELECT read_for_replies($1, $2)"
_SAVE = "SELECT save_replies($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"


@dataclass(frozen=True, slots=True)
class AskedPart:
    """The part that was tapped, as it was read; `version` guards what is saved on the strength
    of it. `survey_open` at the time of the tap."""

    part: Part
    slack_user_id: SlackUserId
    survey_open: bool
    version: str


async def read_part(
    db: Database, workspace_id: WorkspaceId, part_id: PartId, *, now: datetime
) -> AskedPart | None:
    row = await db.call_together(_READ, workspace_id, (part_id,), name="read_reply")
    if row is None:
        return None
    is_open = row["survey_state"] == "open" and now < row["expires_at"]
    return AskedPart(part_of(row), row["slack_user_id"], is_open, row["version"])


async def save_part(
    db: Database,
    workspace_id: WorkspaceId,
    part: Part,
    *,
    version: str,
    response_url: str | None,
    now: datetime,
) -> bool:
    """Keep what the person said and queue a look at the survey; False when the part has changed
    since `version` was read."""
    # The time is part of the key: a look that is just ending must not swallow this one.
    key = f"{LOOK}:{workspace_id}:{part.survey_id}:{part.part_id}:{now.timestamp()}"
    said = (part.answer, part.reveal_ok, part.tool, part.rework, part.rating, part.guess)
    item = (part.part_id, version, *said, now, response_url, key)
    return bool(await db.call_together(_SAVE, workspace_id, item, name="answer"))
