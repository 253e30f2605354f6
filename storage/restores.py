"""Brings a backup back: into an empty place, as a whole or not at all, and checked against it.

What happened between the backup and now, the gap, is in Slack but not in the database. So before
anybody may work with it, whatever may have been sent in the gap is marked, to be looked for
instead of sent again (`_settle`).
"""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from bot.errors import UserError
from storage.backups import Manifest, check_whole, count_rows, open_backup, open_dump
from storage.database import is_read_only, server_version
from storage.dumps import Tell, check_client, restore
from storage.ledgers import applied_migrations
from storage.migrations import alone, migrations

_OCCUPIED = "SELECT count(*) FROM pg_namespace WHERE nspname IN ('hunch', 'pgqueuer')"
_CUT_SHORT = "SELECT to_regnamespace('hunch_restoring') IS NOT NULL"
_BEGIN = "CREATE SCHEMA hunch_restoring"
_END = "DROP SCHEMA hunch_restoring"
_CLEAR = "DROP SCHEMA IF EXISTS hunch, pgqueuer, hunch_restoring CASCADE"

# The policies hold for the owner, too; for one transaction of the owner's they do not. Nobody else
# sees that: whoever would look waits until it is over.
_OPEN_TO_OWNER = """
    DO $$
    DECLARE
        one regclass;
    BEGIN
        FOR one IN SELECT oid FROM pg_class
                    WHERE relnamespace = 'hunch'::regnamespace AND relforcerowsecurity LOOP
            EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', one);
        END LOOP;
    END $$
"""
_CLOSE_TO_OWNER = """
    DO $$
    DECLARE
        one regclass;
    BEGIN
        FOR one IN SELECT oid FROM pg_class
                    WHERE relnamespace = 'hunch'::regnamespace AND relrowsecurity LOOP
            EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', one);
        END LOOP;
    END $$
"""

_UNPOSTED = "UPDATE hunch.messages SET gap_from = $1, gap_until = $2 WHERE channel IS NULL"
# Keys as bot/use_cases/surveys/messages.py makes them; a test holds the two together.
_TO_COME = """
    INSERT INTO hunch.messages (workspace_id, message_key, digest, gap_from, gap_until)
         SELECT p.workspace_id, kind || p.part_id, ''::bytea, $1, $2
           FROM hunch.parts p
           JOIN hunch.surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
          CROSS JOIN unnest(ARRAY['part:', 'reveal:']) AS kind
          WHERE s.state = 'open'
    ON CONFLICT (workspace_id, message_key) DO NOTHING
"""
_REPLIES = """
    UPDATE hunch.outbox
       SET state = 'parked', reason = 'uncertain: restored from a backup', finished_at = $1,
           lease_until = NULL
     WHERE op = 'reply' AND state IN ('pending', 'sending', 'unclear')
"""
# What it would lead to, new parts with new ids, could not be found in Slack.
_UNREAD = """
    UPDATE hunch.deliveries SET failure = 'restored' WHERE processed_at IS NULL AND failure IS NULL
"""
# GitHub gives the time of a merge in whole seconds, by its own clock.
_MERGES = "UPDATE hunch.games SET gap_from = $1::timestamptz - interval '1 minute', gap_until = $2"
_LEADERBOARDS = "UPDATE hunch.schedules SET effective_from = greatest(effective_from, $1)"
_JOBS = """
    DELETE FROM pgqueuer.pgqueuer WHERE entrypoint IN ('leaderboards.post', 'deliveries.process')
"""
# A link to install is good once, and may have been used in the gap.
_LINKS = "DELETE FROM hunch.oauth_states"
# Messages of the gap are still in Slack, with buttons that name parts by numbers which this
# database has not given out yet. They must never mean something else.
_NEW_NUMBERS = """
    DO $$
    DECLARE
        one regclass;
    BEGIN
        FOR one IN SELECT oid FROM pg_class
                    WHERE relnamespace = 'hunch'::regnamespace AND relkind = 'S' LOOP
            PERFORM setval(one, nextval(one) + 1000000);
        END LOOP;
    END $$
"""

BringUp = Callable[[asyncpg.Connection], Awaitable[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back; `upgraded` are migrations applied on top, `unread` webhooks of the backup
    that had not been read yet and are not read now."""

    manifest: Manifest
    upgraded: tuple[str, ...]
    unread: int


async def restore_backup(
    admin_url: str, path: Path, *, bring_up: BringUp, now: datetime, vacate: str, tell: Tell
) -> Restored:
    """Restore the file into the empty database of the owner's `admin_url`.

    `bring_up` migrates and grants. `vacate` tells the operator how to come to an empty place.
    Raises UserError, and leaves nothing behind, when the backup is newer, damaged, or does not
    come out as it went in. A restore that was killed is begun anew by the next.
    """
    with open_backup(path) as (manifest, archive):
        _refuse_newer(manifest)
        check_whole(path, archive)
        async with alone(admin_url) as connection:
            await _take_place(connection, vacate)
            try:
                await _fill(connection, admin_url, manifest, archive, tell)
                tell("checking, and bringing it up to date")
                upgraded = await bring_up(connection)
                await connection.execute("ANALYZE")
                unread = await _settle(connection, manifest.made_at, now)
            except BaseException:
                await connection.execute(_CLEAR)
                raise
    return Restored(manifest, upgraded, unread)


def _refuse_newer(manifest: Manifest) -> None:
    ours = {migration.name: migration.checksum for migration in migrations()}
    unknown = sorted(manifest.migrations.keys() - ours.keys())
    if unknown:
        raise UserError(
            f"This is a backup of a newer version: Hunch {manifest.hunch}, with {unknown[-1]}. "
            "Install that version or a later one, and restore with it. Nothing was restored."
        )
    changed = [name for name, checksum in manifest.migrations.items() if ours[name] != checksum]
    if changed:
        raise UserError(
            f"This backup was made by a Hunch with another {changed[0]} than this one has. "
            f"Restore it with the Hunch that made it ({manifest.hunch}). Nothing was restored."
        )


async def _take_place(connection: asyncpg.Connection, vacate: str) -> None:
    check_client(await server_version(connection))
    if await is_read_only(connection):
        raise asyncpg.ReadOnlySQLTransactionError("transaction_read_only is on")
    if await connection.fetchval(_CUT_SHORT):
        await connection.execute(_CLEAR)
    if await connection.fetchval(_OCCUPIED):
        raise UserError(f"This database is not empty, so nothing was restored. {vacate}")
    await connection.execute(_BEGIN)


async def _fill(
    connection: asyncpg.Connection,
    admin_url: str,
    manifest: Manifest,
    archive: zipfile.ZipFile,
    tell: Tell,
) -> None:
    version = await server_version(connection)
    with open_dump(archive) as source:
        await asyncio.to_thread(
            restore, admin_url, source=source, tell=tell, server_version=version
        )
    async with connection.transaction():
        await connection.execute(_OPEN_TO_OWNER)
        rows = await count_rows(connection)
        applied = await applied_migrations(connection)
        await connection.execute(_CLOSE_TO_OWNER)
    wrong = sorted(name for name in manifest.rows if rows.get(name) != manifest.rows[name])
    if wrong or applied != manifest.migrations:
        raise UserError(
            f"What was restored is not what was backed up ({', '.join(wrong) or 'migrations'}), so "
            "it was removed again. Take an older backup, and keep this one for whoever looks into it."
        )


async def _settle(connection: asyncpg.Connection, since: datetime, until: datetime) -> int:
    """See to it that nothing that happened in the gap happens again; returns the unread webhooks."""
    async with connection.transaction():
        await connection.execute(_OPEN_TO_OWNER)
        await connection.execute(_NEW_NUMBERS)
        for statement in (_UNPOSTED, _TO_COME, _MERGES):
            await connection.execute(statement, since, until)
        for statement in (_REPLIES, _LEADERBOARDS):
            await connection.execute(statement, until)
        await connection.execute(_JOBS)
        await connection.execute(_LINKS)
        unread: str = await connection.execute(_UNREAD)
        await connection.execute(_CLOSE_TO_OWNER)
        await connection.execute(_END)
    return int(unread.rpartition(" ")[2])
