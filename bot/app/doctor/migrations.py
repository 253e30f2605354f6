"""Is the database's schema the one this version knows?"""

from __future__ import annotations

import asyncpg

from bot.app.doctor.findings import Found, ok, problem, warning
from bot.app.doctor.visits import AWAY, PATIENCE_S, Visit
from storage.ledgers import applied_migrations
from storage.migrations import migrations

_CHECK = "migrations"


async def check(visit: Visit) -> list[Found]:
    if visit.pool is None:
        return []
    try:
        applied = await applied_migrations(visit.pool, timeout_s=PATIENCE_S)
    except asyncpg.UndefinedTableError:
        fix = "Run `hunch migrate`; each start does so by itself."
        return [problem(_CHECK, "this database has never been migrated", fix)]
    except AWAY as error:
        return [
            problem(_CHECK, type(error).__name__, "Run `hunch migrate` with DATABASE_ADMIN_URL.")
        ]
    return _compare(set(applied))


def _compare(applied: set[str]) -> list[Found]:
    known = {migration.name: migration.phase for migration in migrations()}
    newer = sorted(applied - known.keys())
    missing = sorted(known.keys() - applied)
    if newer:
        text = f"the database has {newer[-1]}, which this version does not know"
        return [problem(_CHECK, text, "Start the newer version, or restore a backup from before.")]
    before = [name for name in missing if known[name] == "pre"]
    if before:
        text = f"{len(before)} not applied, the first is {before[0]}"
        return [problem(_CHECK, text, "Run `hunch migrate --pre`; each start does so by itself.")]
    if missing:
        fix = "When no older version runs any more: `hunch migrate`."
        return [warning(_CHECK, f"{len(missing)} to be applied after an upgrade", fix)]
    return [ok(_CHECK, f"all {len(known)} applied")]
