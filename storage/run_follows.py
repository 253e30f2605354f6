"""Who sees in Slack how a run goes, and when its messages are looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.ids import SlackUserId
from bot.domain.runs import RunId
from bot.ports import Transaction

LOOK = "runs.look"

_FOLLOW = """
    INSERT INTO run_follows (workspace_id, run_id, slack_user_id, look_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id, run_id, slack_user_id) DO UPDATE SET look_at = EXCLUDED.look_at
"""
_WAKE = """
    UPDATE run_follows SET look_at = $3
     WHERE workspace_id = $1 AND run_id = $2 AND look_at IS NULL
 RETURNING slack_user_id
"""
# Two looks at one run at a time would each queue a next one.
_FOLLOWERS = """
    SELECT slack_user_id FROM run_follows
     WHERE workspace_id = $1 AND run_id = $2 AND look_at <= $3
  ORDER BY slack_user_id FOR UPDATE
"""
_NEXT = """
    UPDATE run_follows SET look_at = $4
     WHERE workspace_id = $1 AND run_id = $2 AND look_at <= $3
"""
_OVERDUE = """
    SELECT DISTINCT run_id FROM run_follows WHERE workspace_id = $1 AND look_at < $2 LIMIT 1000
"""


async def follow(
    tx: Transaction, run_id: RunId, slack_user_id: SlackUserId, *, now: datetime
) -> None:
    """Let somebody see how the run goes, from now on."""
    await tx.execute(_FOLLOW, tx.workspace_id, run_id, slack_user_id, now)


async def wake(tx: Transaction, run_id: RunId, *, now: datetime) -> bool:
    """Whether somebody had followed the run to its end, and sees how it goes on."""
    return bool(await tx.fetch(_WAKE, tx.workspace_id, run_id, now))


async def due(tx: Transaction, run_id: RunId, *, now: datetime) -> Sequence[SlackUserId]:
    """Whose messages about the run are to be looked at now; locked."""
    rows = await tx.fetch(_FOLLOWERS, tx.workspace_id, run_id, now)
    return [SlackUserId(row["slack_user_id"]) for row in rows]


async def look_again(tx: Transaction, run_id: RunId, *, at: datetime | None, now: datetime) -> None:
    """Those that were due are looked at again then; None: not before the run is retried."""
    await tx.execute(_NEXT, tx.workspace_id, run_id, now, at)


async def overdue(tx: Transaction, *, before: datetime) -> Sequence[RunId]:
    """Runs whose messages should have been looked at by then."""
    rows = await tx.fetch(_OVERDUE, tx.workspace_id, before)
    return [RunId(row["run_id"]) for row in rows]
