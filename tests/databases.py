"""Fresh databases for tests: copies of one migrated template on one real PostgreSQL.

The server belongs to all pytest workers together; the template is made once for each state of the
migrations and the job engine.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from jobs.engine import install
from storage.embedded import EmbeddedServer
from storage.migrations import migrate

REPOSITORY = Path(__file__).resolve().parents[1]
SERVER_DIR = REPOSITORY / ".cache" / "tests"
_LOCK = 0x74657374


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """One database: the application's URL, the owner's, and the superuser's."""

    __test__ = False
    app_url: str
    admin_url: str
    superuser_url: str


def _named(url: str, database: str) -> str:
    return re.sub(r"@/[^?]+\?", f"@/{database}?", url)


def database_named(server: EmbeddedServer, name: str) -> TestDatabase:
    return TestDatabase(
        _named(server.app_url, name),
        _named(server.admin_url, name),
        _named(server.superuser_url, name),
    )


def _template_name() -> str:
    digest = hashlib.sha256()
    sources = [*(REPOSITORY / "storage" / "migrations").glob("*.sql")]
    sources += (REPOSITORY / "jobs" / "engine").glob("*.py")
    for path in sorted([*sources, REPOSITORY / "storage" / "migrations.py"]):
        digest.update(path.read_bytes())
    return f"template_{digest.hexdigest()[:16]}"


async def hurry(server: EmbeddedServer) -> None:
    """Let it skip what guards against a power cut, which no test has: hundreds of databases come
    and go, and each would wait for the disk. Tests of crashes kill processes, and keep this."""
    admin = await asyncpg.connect(server.superuser_url)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for setting in ("fsync", "full_page_writes"):
            await admin.execute(f"ALTER SYSTEM SET {setting} = off")
        await admin.execute("SELECT pg_reload_conf()")
    finally:
        await admin.close()


async def ensure_template(server: EmbeddedServer) -> str:
    """Make the template if it is not there; workers that come together wait for one another."""
    name = _template_name()
    admin = await asyncpg.connect(server.superuser_url)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _LOCK)
        known = await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        if known is None:
            draft = f"{name}_draft"
            await admin.execute(f"DROP DATABASE IF EXISTS {draft}")
            await admin.execute(f"CREATE DATABASE {draft} OWNER hunch_admin")
            await migrate(_named(server.admin_url, draft), "hunch_app", install_jobs=install)
            await admin.execute(f"ALTER DATABASE {draft} RENAME TO {name}")
    finally:
        await admin.close()
    return name


@asynccontextmanager
async def fresh_database(
    server: EmbeddedServer, template: str | None
) -> AsyncIterator[TestDatabase]:
    """A database of one's own, dropped afterwards; empty where `template` is None."""
    name = f"test_{os.getpid()}_{uuid.uuid4().hex[:12]}"
    source = template or "template0"
    admin = await asyncpg.connect(server.superuser_url)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {source} OWNER hunch_admin")
        yield database_named(server, name)
    finally:
        await asyncio.shield(admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await admin.close()
