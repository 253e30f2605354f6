"""The game's settings of a workspace, and the schedule they put on the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.domain.workspaces import Game
from bot.ports import Transaction

LEADERBOARD = "leaderboard"

_COLUMNS = """switched_on_at, reveals_on, leaderboard_channel, weekday, hour, timezone,
              daily_budget, weekly_budget, names_opt_in, threshold, gap_from, gap_until"""
_GET = f"SELECT {_COLUMNS} FROM games WHERE workspace_id = $1"  # nosec B608
_SAVE = """
    INSERT INTO games (workspace_id, switched_on_at, reveals_on, leaderboard_channel, weekday,
                       hour, timezone, daily_budget, weekly_budget, names_opt_in, threshold)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (workspace_id) DO UPDATE
       SET switched_on_at = EXCLUDED.switched_on_at, reveals_on = EXCLUDED.reveals_on,
           leaderboard_channel = EXCLUDED.leaderboard_channel, weekday = EXCLUDED.weekday,
           hour = EXCLUDED.hour, timezone = EXCLUDED.timezone,
           daily_budget = EXCLUDED.daily_budget, weekly_budget = EXCLUDED.weekly_budget,
           names_opt_in = EXCLUDED.names_opt_in, threshold = EXCLUDED.threshold
"""
_SCHEDULE = """
    INSERT INTO schedules (workspace_id, name, weekday, hour, timezone, effective_from)
         VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (workspace_id, name) DO UPDATE
       SET weekday = EXCLUDED.weekday, hour = EXCLUDED.hour, timezone = EXCLUDED.timezone,
           effective_from = EXCLUDED.effective_from
     WHERE (schedules.weekday, schedules.hour, schedules.timezone)
           <> (EXCLUDED.weekday, EXCLUDED.hour, EXCLUDED.timezone)
"""
_UNSCHEDULE = "DELETE FROM schedules WHERE workspace_id = $1 AND name = $2"
_SCHEDULES = """
    SELECT workspace_id, weekday, hour, timezone, effective_from
      FROM schedules JOIN workspace_routes USING (workspace_id)
     WHERE name = $1 AND uninstalled_at IS NULL ORDER BY workspace_id
"""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a workspace's weekly job is due; `effective_from`: no slot before it counts."""

    workspace_id: WorkspaceId
    weekday: int
    hour: int
    timezone: str
    effective_from: datetime


async def get(tx: Transaction) -> Game:
    """The workspace's settings; the defaults (game off) when nobody set any."""
    row = await tx.fetchrow(_GET, tx.workspace_id)
    return Game() if row is None else Game(**row)


async def save(tx: Transaction, game: Game, *, now: datetime) -> None:
    """Keep the settings; the leaderboard is due from `now` on if its slot changed."""
    await tx.execute(
        _SAVE,
        tx.workspace_id,
        game.switched_on_at,
        game.reveals_on,
        game.leaderboard_channel,
        game.weekday,
        game.hour,
        game.timezone,
        game.daily_budget,
        game.weekly_budget,
        game.names_opt_in,
        game.threshold,
    )
    if game.switched_on_at is None or game.leaderboard_channel is None:
        await tx.execute(_UNSCHEDULE, tx.workspace_id, LEADERBOARD)
        return
    slot = (game.weekday, game.hour, game.timezone)
    await tx.execute(_SCHEDULE, tx.workspace_id, LEADERBOARD, *slot, now)


async def schedules(tx: Transaction) -> Sequence[Schedule]:
    """Every workspace's leaderboard schedule (a routing transaction)."""
    return [Schedule(**row) for row in await tx.fetch(_SCHEDULES, LEADERBOARD)]
