"""How much Slack takes from us, shared by all processes: a token bucket per workspace and method.

Each bucket is one row, kept as a virtual schedule (GCRA): `full_at` is when it would be full
again. A caller reserves its slot at once, however far in the future, so that nobody asks twice.
When Slack says to wait, a row of scope `hold` says until when, for those with a slot as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports import Row, Transaction

# A bucket is never believed to be full more than ten minutes ahead: that was a clock set back since.
_RESERVE = """
    WITH reserved AS (
        INSERT INTO slack_budgets AS b (workspace_id, method, scope, full_at)
             SELECT $1, method, scope, $2::timestamptz + every
               FROM unnest($3::text[], $4::text[], $5::interval[]) AS wanted (method, scope, every)
              ORDER BY method, scope
        ON CONFLICT (workspace_id, method, scope)
          DO UPDATE SET full_at = least(greatest(b.full_at, $2), $2 + interval '10 minutes')
                                  + (EXCLUDED.full_at - $2)
          RETURNING method, scope, full_at
    )
    SELECT method, scope, full_at FROM reserved
     UNION ALL
    SELECT method, scope, full_at FROM slack_budgets
     WHERE workspace_id = $1 AND method = ANY($3) AND scope = 'hold'
       AND full_at <= $2 + interval '1 hour'
"""
_IS_HELD = """
    SELECT EXISTS (
        SELECT FROM slack_budgets
         WHERE workspace_id = $1 AND method = $2 AND scope = 'hold'
           AND full_at > $3 AND full_at <= $3 + interval '1 hour')
"""
_HOLD = """
    INSERT INTO slack_budgets AS b (workspace_id, method, scope, full_at)
         VALUES ($1, $2, '', $4), ($1, $2, 'hold', $3)
    ON CONFLICT (workspace_id, method, scope)
      DO UPDATE SET full_at = greatest(b.full_at, EXCLUDED.full_at)
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `per_minute` calls in the long run, `burst` at once; `scope` narrows a method."""

    method: str
    per_minute: float
    burst: float
    scope: str = ""

    @property
    def every(self) -> timedelta:
        return timedelta(seconds=60 / self.per_minute)

    @property
    def allowance(self) -> timedelta:
        return self.every * self.burst


async def reserve(tx: Transaction, limits: Sequence[Limit], *, now: datetime) -> datetime:
    """Take a place in every bucket; returns when the call may go (`now` if at once)."""
    by_key = {(limit.method, limit.scope): limit for limit in limits}
    rows = await tx.fetch(
        _RESERVE,
        tx.workspace_id,
        now,
        [limit.method for limit in limits],
        [limit.scope for limit in limits],
        [limit.every for limit in limits],
    )
    goes: datetime = max([now, *(_free_at(row, by_key) for row in rows)])
    return goes


def _free_at(row: Row, limits: Mapping[tuple[str, str], Limit]) -> datetime:
    limit = limits.get((row["method"], row["scope"]))
    full_at: datetime = row["full_at"]
    return full_at if limit is None else full_at - limit.allowance


async def is_held(tx: Transaction, limit: Limit, *, now: datetime) -> bool:
    """Whether Slack has said to wait, also for those who have reserved."""
    return bool(await tx.fetchval(_IS_HELD, tx.workspace_id, limit.method, now))


async def hold(tx: Transaction, limit: Limit, *, until: datetime) -> None:
    """Slack said to wait: nobody in this workspace calls the method before `until`."""
    await tx.execute(_HOLD, tx.workspace_id, limit.method, until, until + limit.allowance)
