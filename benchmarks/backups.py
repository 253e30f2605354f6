"""Backup and restore of a big database beside bare pg_dump and pg_restore:
`python -m benchmarks.backups --pull-requests 1000000`. Goals: it works; under 1.5 times the bare
programs, which neither check what they wrote nor what they brought back.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
from pathlib import Path

import asyncpg

from benchmarks.grounds import KEY, Stopwatch, new_folder
from benchmarks.tables import Row, show
from bot.app import backups, upgrade
from bot.settings import Settings
from storage.embedded import EmbeddedServer, start_embedded
from storage.embedded.binaries import find_programs

WORKSPACES = 10

# Widths as in real repositories: three in ten merges are asked about, two people each; raw webhooks
# of a month, of a few kilobytes that compress as JSON does.
_SEED = """
    INSERT INTO hunch.workspace_routes SELECT 'T' || w, now() FROM generate_series(1, {ws}) AS w;
    INSERT INTO hunch.workspaces (workspace_id, name, bot_user_id)
         SELECT 'T' || w, 'Workspace ' || w, 'UBOT' FROM generate_series(1, {ws}) AS w;
    INSERT INTO hunch.members (workspace_id, slack_user_id, name)
         SELECT 'T' || w, 'U' || n, 'Person ' || n
           FROM generate_series(1, {ws}) AS w, generate_series(1, 500) AS n;
    INSERT INTO hunch.pull_requests (workspace_id, repository_id, number, repository, title, url,
           author_login, author_id, author_kind, head_ref, base_ref, draft, state, opened_at,
           closed_at, merged_at, updated_at)
         SELECT 'T' || 1 + n % {ws}, 1000 + n % 200, n, 'company-' || n % {ws} || '/service-' || n % 200,
                'Let the ' || md5(n::text) || ' answer sooner (#' || n || ')',
                'https://github.com/company/service-' || n % 200 || '/pull/' || n,
                'person-' || n % 500, n % 500, 'user', 'feature/' || left(md5('h' || n), 20), 'main',
                false, 'closed', now() - n * interval '1 minute', now(), now(), now()
           FROM generate_series(1, {prs}) AS n;
    INSERT INTO hunch.reviews (workspace_id, repository_id, number, review_id, reviewer_login,
           reviewer_id, reviewer_kind, state, submitted_at)
         SELECT 'T' || 1 + n % {ws}, 1000 + n % 200, n, n * 10 + r, 'person-' || (n + r) % 500,
                (n + r) % 500, 'user', 'approved', now()
           FROM generate_series(1, {prs}) AS n, generate_series(1, 2) AS r;
    INSERT INTO hunch.surveys (workspace_id, repository_id, number, state, rating_only, probability,
           opened_at, expires_at, closed_at)
         SELECT 'T' || 1 + n % {ws}, 1000 + n % 200, n, 'closed', false, 1, now(), now(), now()
           FROM generate_series(1, {prs} * 3 / 10) AS n;
    INSERT INTO hunch.parts (workspace_id, survey_id, member_id, slack_user_id, role, guessable,
           state, answer, rating, guess, outcome, send_at, asked_at, changed_at, revealed_at)
         SELECT s.workspace_id, s.survey_id, m.member_id, m.slack_user_id, 'reviewer', true, 'final',
                NULL, 'super', 'yes', 'right', now(), now(), now(), now()
           FROM hunch.surveys s
           JOIN hunch.members m ON m.workspace_id = s.workspace_id
            AND m.slack_user_id IN ('U' || 1 + s.survey_id % 499, 'U' || 2 + s.survey_id % 499);
    INSERT INTO hunch.messages (workspace_id, message_key, digest, channel, ts)
         SELECT workspace_id, 'part:' || part_id, sha256(part_id::text::bytea), 'D' || part_id,
                '1700000000.' || part_id
           FROM hunch.parts;
    INSERT INTO hunch.deliveries (workspace_id, source, delivery_id, event, body, received_at,
           processed_at)
         SELECT 'T' || 1 + n % {ws}, 'github', gen_random_uuid(), 'pull_request',
                convert_to(repeat('{{"url":"https://api.github.com/' || md5(n::text) || '"}},', 100),
                           'UTF8'), now(), now()
           FROM generate_series(1, {prs} / 20) AS n;
    ANALYZE;
"""


async def seed(server: EmbeddedServer, count: int) -> str:
    """Fill the database; how big it is."""
    connection = await asyncpg.connect(server.backup_url)
    try:
        await connection.execute(_SEED.format(ws=WORKSPACES, prs=count))
        await connection.execute("CHECKPOINT")
        size: str = await connection.fetchval("SELECT pg_size_pretty(pg_database_size('hunch'))")
        return size
    finally:
        await connection.close()


def settings_in(folder: Path) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        **{"HUNCH_DATA_DIR": folder, "HUNCH_ENCRYPTION_KEYS": KEY},  # type: ignore[arg-type]
    )


async def run(program: str, *words: str) -> None:
    command = [str(find_programs().directory / "bin" / program), *words]
    child = await asyncio.create_subprocess_exec(*command, env={"LC_ALL": "C"})
    assert await child.wait() == 0


async def bare(server: EmbeddedServer, file: Path) -> tuple[float, float]:
    """Seconds for pg_dump, and for pg_restore into another database."""
    watch = Stopwatch()
    await run("pg_dump", "--format=custom", f"--file={file}", server.backup_url)
    dumped_s = watch.seconds
    admin = await asyncpg.connect(server.superuser_url)
    await admin.execute("CREATE DATABASE bare")
    watch = Stopwatch()
    target = server.superuser_url.replace("@/postgres?", "@/bare?")
    await run("pg_restore", f"--dbname={target}", str(file))
    restored_s = watch.seconds
    await admin.execute("DROP DATABASE bare")
    await admin.close()
    return dumped_s, restored_s


async def measure(count: int) -> list[Row]:
    folder = new_folder()
    try:
        return await _measure(folder, count)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(folder: Path, count: int) -> list[Row]:
    ours, there, file = settings_in(folder / "from"), settings_in(folder / "to"), folder / "b"
    await upgrade(ours, with_post=True)
    lease = await start_embedded(ours.data_dir)
    size = await seed(lease.server, count)
    dumped_s, restored_s = await bare(lease.server, folder / "bare")
    watch = Stopwatch()
    made = await backups.back_up(ours, file, tell=print)
    backup_s = watch.seconds
    await lease.release()
    watch = Stopwatch()
    await backups.restore(there, file, tell=print)
    restore_s = watch.seconds
    print(
        f"{count:,} pull requests, {sum(made.rows.values()):,} rows, {size}; the backup "
        f"{file.stat().st_size / 1e6:,.0f} MB, bare {(folder / 'bare').stat().st_size / 1e6:,.0f} MB"
    )
    return [
        Row("backup, s, beside bare pg_dump", [backup_s], [dumped_s], "<", 1.5),
        Row("restore, s, beside bare pg_restore", [restore_s], [restored_s], "<", 1.5),
    ]


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("--pull-requests", type=int, default=100_000)
    show(asyncio.run(measure(words.parse_args().pull_requests)))
