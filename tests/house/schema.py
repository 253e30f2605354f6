"""Writes `storage/schema.sql`, what the migrations add up to: `make schema`.

People read it to see the tables as they are now; a test holds it against the migrations.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.embedded import start_embedded
from storage.embedded.binaries import find_programs
from tests.databases import REPOSITORY, SERVER_DIR, ensure_template, fresh_database

SCHEMA = REPOSITORY / "storage" / "schema.sql"
_HEADER = """\
-- What the migrations add up to, for reading; `make schema` writes it. The job engine's own schema,
-- pgqueuer, is made by the engine (jobs/engine/schema.py).

"""
# Versions, settings of the dump's own session, and a token that differs each time.
_NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)\n", re.M)


def dump(url: str) -> str:
    """The schema `hunch` of a database as SQL, always in the same words."""
    program = find_programs().directory / "bin" / "pg_dump"
    done = subprocess.run(
        [program, "--schema-only", "--no-owner", "--schema=hunch", url],
        env={"LC_ALL": "C"},
        capture_output=True,
        check=True,
        text=True,
    )
    return _HEADER + re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", done.stdout)).strip() + "\n"


@asynccontextmanager
async def migrated() -> AsyncIterator[str]:
    """The URL of a freshly migrated database."""
    lease = await start_embedded(SERVER_DIR)
    try:
        template = await ensure_template(lease.server)
        async with fresh_database(lease.server, template) as database:
            yield database.superuser_url
    finally:
        await lease.release()


async def main() -> None:
    async with migrated() as url:
        SCHEMA.write_text(dump(url), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
