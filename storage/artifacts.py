"""What runs leave behind: artifacts, whose content is kept once, and people's notes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.domain.runs import Artifact, Note, RunId
from bot.ports import Transaction

# Known content is written again in place, which locks it: it is not forgotten meanwhile.
_KEEP_CONTENT = """
    INSERT INTO artifact_contents (workspace_id, sha256, body) VALUES ($1, $2, $3)
    ON CONFLICT (workspace_id, sha256) DO UPDATE SET sha256 = EXCLUDED.sha256
"""
_KEEP = """
    INSERT INTO artifacts (workspace_id, run_id, step, name, media_type, size, sha256, added_by,
                           created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (workspace_id, run_id, step, name)
      DO UPDATE SET media_type = EXCLUDED.media_type, size = EXCLUDED.size,
                    sha256 = EXCLUDED.sha256, added_by = EXCLUDED.added_by,
                    created_at = EXCLUDED.created_at
      RETURNING artifact_id
"""
_OF_RUN = """
    SELECT artifact_id, name, media_type, size, encode(sha256, 'hex') AS sha256, step, added_by,
           created_at
      FROM artifacts WHERE workspace_id = $1 AND run_id = $2 ORDER BY artifact_id
"""
_READ = """
    SELECT name, media_type, body
      FROM artifacts JOIN artifact_contents USING (workspace_id, sha256)
     WHERE workspace_id = $1 AND run_id = $2 AND artifact_id = $3
"""
_FORGET = """
    WITH gone AS (
        DELETE FROM artifacts
         WHERE workspace_id = $1 AND artifact_id IN (
               SELECT artifact_id FROM artifacts
                WHERE workspace_id = $1 AND created_at < $2 ORDER BY created_at LIMIT $3)
     RETURNING true
    )
    SELECT count(*) FROM gone
"""
_FORGET_CONTENTS = """
    WITH orphans AS (
        SELECT sha256 FROM artifact_contents c
         WHERE workspace_id = $1 AND NOT EXISTS (
               SELECT FROM artifacts a
                WHERE a.workspace_id = c.workspace_id AND a.sha256 = c.sha256)
         LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM artifact_contents c USING orphans o
         WHERE c.workspace_id = $1 AND c.sha256 = o.sha256
     RETURNING true
    )
    SELECT count(*) FROM gone
"""
_ADD_NOTE = """
    INSERT INTO run_notes (workspace_id, run_id, author, body, written_at)
         VALUES ($1, $2, $3, $4, $5)
      RETURNING note_id
"""
_NOTES_OF_RUN = """
    SELECT note_id, author, body AS text, written_at
      FROM run_notes WHERE workspace_id = $1 AND run_id = $2 ORDER BY note_id
"""


@dataclass(frozen=True, slots=True)
class Content:
    """An artifact to be handed out."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class NewArtifact:
    """An artifact to be kept; `step` is "" where a person attached it."""

    run_id: RunId
    step: str
    name: str
    media_type: str
    body: bytes
    added_by: str


async def keep(tx: Transaction, new: NewArtifact, *, now: datetime) -> int:
    """Keep it, in the place of one of the same step and name; its id."""
    digest = hashlib.sha256(new.body).digest()
    await tx.execute(_KEEP_CONTENT, tx.workspace_id, digest, new.body)
    return int(
        await tx.fetchval(
            _KEEP,
            tx.workspace_id,
            new.run_id,
            new.step,
            new.name,
            new.media_type,
            len(new.body),
            digest,
            new.added_by,
            now,
        )
    )


async def of_run(tx: Transaction, run_id: RunId) -> list[Artifact]:
    """A run's artifacts, oldest first, without their contents."""
    return [Artifact(**row) for row in await tx.fetch(_OF_RUN, tx.workspace_id, run_id)]


async def read(tx: Transaction, run_id: RunId, artifact_id: int) -> Content | None:
    row = await tx.fetchrow(_READ, tx.workspace_id, run_id, artifact_id)
    return None if row is None else Content(**row)


async def forget(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete artifacts kept before a time, at most `limit`; how many."""
    return int(await tx.fetchval(_FORGET, tx.workspace_id, before, limit))


async def forget_contents(tx: Transaction, *, limit: int) -> int:
    """Delete contents that belong to nothing any more, at most `limit`; how many."""
    return int(await tx.fetchval(_FORGET_CONTENTS, tx.workspace_id, limit))


async def add_note(tx: Transaction, run_id: RunId, text: str, *, author: str, now: datetime) -> int:
    return int(await tx.fetchval(_ADD_NOTE, tx.workspace_id, run_id, author, text, now))


async def notes_of_run(tx: Transaction, run_id: RunId) -> list[Note]:
    """A run's notes, oldest first."""
    return [Note(**row) for row in await tx.fetch(_NOTES_OF_RUN, tx.workspace_id, run_id)]
