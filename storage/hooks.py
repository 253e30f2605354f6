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


@dataclass(frozen=True, slots=True)
class Hooks:
    """Connected webhooks and GitHub App installations; when the latest delivery came."""

    count: int
    last_heard_at: datetime | None


async def look_at_hooks(connection: asyncpg.Connection) -> Hooks:
    return Hooks(**await connection.fetchrow(_LOOK, MOST_WORKSPACES))
