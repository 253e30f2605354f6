"""Where measurements take place: a PostgreSQL of their own, server processes, seeded rows."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from cryptography.fernet import Fernet

from benchmarks.bare import SECRET
from bot.app import Services, open_services, open_store
from bot.domain.ids import WorkspaceId
from bot.ports import TokenOwner
from bot.settings import Settings
from bot.use_cases import installs
from storage.embedded import EmbeddedServer, start_embedded

WORKSPACE = WorkspaceId("TBENCH")
KEY = Fernet.generate_key().decode()


@asynccontextmanager
async def postgres() -> AsyncIterator[EmbeddedServer]:
    """The PostgreSQL we bring along, in a directory that goes afterwards."""
    folder = new_folder()
    lease = await start_embedded(folder)
    try:
        yield lease.server
    finally:
        await lease.release()
        shutil.rmtree(folder, ignore_errors=True)


def new_folder() -> Path:
    """A folder that PostgreSQL's own user can enter, should we be root."""
    folder = Path(tempfile.mkdtemp(prefix="hunch-bench-"))
    folder.chmod(0o755)
    return folder


def environment(server: EmbeddedServer, port: int, **more: str) -> dict[str, str]:
    """What a Hunch process of the measurement finds in its environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "DATABASE_URL": server.app_url,
        "DATABASE_ADMIN_URL": server.admin_url,
        "HUNCH_ENCRYPTION_KEYS": KEY,
        "HUNCH_PORT": str(port),
        "HUNCH_DRAIN_S": "0",
        "HUNCH_LOG_LEVEL": "warning",
        "SLACK_SIGNING_SECRET": SECRET,
        **more,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def process(
    words: Sequence[str], port: int | None, env: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process, listening on `port` when the block begins, ended after it."""
    child = await asyncio.create_subprocess_exec(sys.executable, *words, env=env)
    try:
        if port is not None:
            await until_listening(port)
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


async def until_listening(port: int, *, timeout_s: float = 30.0) -> None:
    async with asyncio.timeout(timeout_s):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.005)
            else:
                writer.close()
                return


@asynccontextmanager
async def services(server: EmbeddedServer) -> AsyncIterator[Services]:
    """Hunch's own adapters in this process, to arrange rows with; registers WORKSPACE."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        **{  # type: ignore[arg-type]
            "database_url": server.app_url,
            "database_admin_url": server.admin_url,
            "HUNCH_ENCRYPTION_KEYS": KEY,
        },
    )
    async with open_store(settings) as store, open_services(settings, store) as opened:
        await install(opened, WORKSPACE, "xoxb-bench")
        yield opened


async def install(opened: Services, workspace_id: WorkspaceId, token: str) -> None:
    owner = TokenOwner(workspace_id, "Bench", "UBOT")
    async with opened.store.database.transaction(workspace_id, name="bench") as tx:
        await installs.register(tx, owner, token, vault=opened.vault, now=opened.desk.now())
        # Nobody is to sync members from a Slack that is not there.
        tx.jobs.clear()


_SEED = """
    WITH people AS (
        INSERT INTO members (workspace_id, slack_user_id, name)
             SELECT $1, 'U' || n, 'Person ' || n FROM generate_series(0, $2::int - 1) AS n
          RETURNING member_id, slack_user_id
    ), merged AS (
        INSERT INTO pull_requests (workspace_id, repository_id, number, repository, title, url,
               author_login, author_id, author_kind, head_ref, base_ref, draft, state, opened_at,
               closed_at, merged_at, updated_at)
             SELECT $1, 1, n + 1, 'bench/shop', 'Change ' || n, 'https://github.com/bench/shop',
                    'author', 1, 'user', 'topic', 'main', false, 'closed', now(), now(), now(),
                    now()
               FROM generate_series(0, $2::int - 1) AS n
          RETURNING number
    ), opened AS (
        INSERT INTO surveys (workspace_id, repository_id, number, state, rating_only, probability,
               opened_at, expires_at)
             SELECT $1, 1, number, 'open', false, 1, now(), now() + interval '7 days' FROM merged
          RETURNING survey_id, number
    )
    INSERT INTO parts (workspace_id, survey_id, member_id, slack_user_id, role, guessable, state,
           send_at, asked_at)
         SELECT $1, survey_id, member_id, slack_user_id, 'reviewer', true, 'asked', now(), now()
           FROM opened JOIN people ON slack_user_id = 'U' || (number - 1)
      RETURNING part_id, slack_user_id
"""


async def seed_parts(opened: Services, count: int) -> list[tuple[int, str]]:
    """Parts that wait for a tap: their ids and whose they are. Needs migrations without checks
    of foreign keys inside one statement, which PostgreSQL checks at its end."""
    async with opened.store.database.transaction(WORKSPACE, name="bench") as tx:
        rows = await tx.fetch(_SEED, WORKSPACE, count)
    return [(row["part_id"], row["slack_user_id"]) for row in rows]


async def superuser(server: EmbeddedServer, database: str = "hunch") -> asyncpg.Connection:
    url = server.superuser_url.replace("@/postgres?", f"@/{database}?")
    return await asyncpg.connect(url)


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began
