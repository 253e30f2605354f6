"""The trail of who changed what: append-only, opaque ids only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.ports import Transaction

_ADD = """
    INSERT INTO audits (workspace_id, happened_at, actor, action, subject, details)
         VALUES ($1, $2, $3, $4, $5, $6)
"""
# The application's login may not delete here; the owner's function may, and what is old only.
_FORGET = "SELECT forget_audits($1, $2)"


async def add(
    tx: Transaction,
    action: str,
    *,
    actor: str,
    subject: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record one change; `actor` and `subject` are ids, never names."""
    await tx.execute(_ADD, tx.workspace_id, now, actor, action, subject, details or {})


async def forget(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Drop the workspace's events before a time, at most `limit`, none under 90 days; how many."""
    return int(await tx.fetchval(_FORGET, before, limit))
