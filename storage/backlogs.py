"""How much waits in all workspaces together: sums for the metrics, nobody's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

# Visiting a workspace takes some 50 µs; beyond this many the sums are of the first ones.
MOST_WORKSPACES = 10_000

_SUM = """
    SELECT workspaces, disconnected, pending, sending, unclear, parked, unreadable, oldest_due_at
      FROM sum_backlogs($1)
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Workspaces that have Hunch, and those of them whose token Slack takes no longer; outbox rows
    by state, deliveries that could not be read, when the oldest row was due."""

    workspaces: int
    disconnected: int
    pending: int
    sending: int
    unclear: int
    parked: int
    unreadable: int
    oldest_due_at: datetime | None


async def sum_backlogs(connection: asyncpg.Connection) -> Backlog:
    """Look into every workspace, one after the other, on the application's own login."""
    return Backlog(**await connection.fetchrow(_SUM, MOST_WORKSPACES))
