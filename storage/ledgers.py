"""Which migrations a database has seen."""

from __future__ import annotations

import asyncpg

_APPLIED = "SELECT name, checksum FROM hunch.schema_migrations ORDER BY name"


async def applied_migrations(
    connection: asyncpg.Connection | asyncpg.Pool, *, timeout_s: float | None = None
) -> dict[str, str]:
    """Names and checksums of what the database says was applied."""
    return dict(list(await connection.fetch(_APPLIED, timeout=timeout_s)))
