"""Which migrations a database has seen, for those who only look."""

from __future__ import annotations

import asyncpg

_NAMES = "SELECT name FROM hunch.schema_migrations ORDER BY name"


async def applied_migrations(pool: asyncpg.Pool) -> list[str]:
    return [row["name"] for row in await pool.fetch(_NAMES, timeout=5)]
