"""How much Slack takes from us, shared by all processes: a token bucket per workspace and method.

Each bucket is one row, kept as a virtual schedule (GCRA): `full_at` is when it would be full
again. A caller reserves its slot at once, however far in the future, so that nobody asks twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports import Transaction

_RESERVE = """
    INSERT INTO slack_budgets AS b (workspace_id, method, scope, full_at)
         SELECT $1, method, scope, $2::timestamptz + every FROM unnest($3::text[], $4::text[], $5::interval[])
                AS wanted (method, scope, every)
          ORDER BY method, scope
    ON CONFLICT (workspace_id, method, scope)
      DO UPDATE SET full_at = greatest(b.full_at, $2) + (EXCLUDED.full_at - $2)
      RETURNING method, scope, full_at
"""
_HOLD = """
    INSERT INTO slack_budgets AS b (workspace_id, method, scope, full_at) VALUES ($1, $2, '', $3)
    ON CONFLICT (workspace_id, method, scope)
      DO UPDATE SET full_at = greatest(b.full_at, EXCLUDED.full_at)
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `per_minute` calls in the long run, `burst` at once; `scope` narrows a method."""

    method: str
    per_minute: float
    burst: int
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
    frees = [row["full_at"] - by_key[row["method"], row["scope"]].allowance for row in rows]
    goes: datetime = max([now, *frees])
    return goes


async def hold(tx: Transaction, limit: Limit, *, until: datetime) -> None:
    """Slack said to wait: nobody in this workspace calls the method before `until`."""
    await tx.execute(_HOLD, tx.workspace_id, limit.method, until + limit.allowance)
