"""How many ways in GitHub has, and when it was last heard of, in all workspaces together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from storage.backlogs import MOST_WORKSPACES

_LOOK = """
    SELECT (SELECT count(*) FROM hook_routes) + (SELECT count(*) FROM github_routes) AS count,
           last_heard_at($1) AS last_heard_at
"""
_SUM = "SELECT working, troubled FROM sum_connections($1)"


@dataclass(frozen=True, slots=True)
class Ways:
    """How many connections to GitHub work, and how many do not."""

    working: int
    troubled: int


async def sum_connections(connection: asyncpg.Connection) -> Ways:
    """Look into every workspace, one after the other, on the application's own login."""
    return Ways(**await connection.fetchrow(_SUM, MOST_WORKSPACES))


@dataclass(frozen=True, slots=True)
class Hooks:
    """Connected webhooks and GitHub App installations; when the latest delivery came."""

    count: int
    last_heard_at: datetime | None


async def look_at_hooks(connection: asyncpg.Connection) -> Hooks:
    return Hooks(**await connection.fetchrow(_LOOK, MOST_WORKSPACES))
