"""Every SQL statement in the code is one that PostgreSQL understands, on the schema as it is."""

from __future__ import annotations

import re

import asyncpg

from tests.databases import TestDatabase
from tests.house.statements import HOMES, constants, literals

_STAR = re.compile(r"^\s*SELECT\s+(\w+\.)?\*|RETURNING\s+\*", re.I)


async def test_every_statement_fits_the_migrated_schema(database: TestDatabase) -> None:
    connection = await asyncpg.connect(
        database.app_url, server_settings={"search_path": "hunch"}, statement_cache_size=0
    )
    inline = {s.text: s for s in literals(*HOMES) if "…" not in s.text}
    wrong = []
    try:
        for statement in {**inline, **constants()}.values():
            try:
                await connection.prepare(statement.text)
            except asyncpg.PostgresError as error:
                wrong.append(f"{statement.place}: {error}")
    finally:
        await connection.close()
    assert wrong == []


def test_no_statement_is_missed() -> None:
    """Whatever reads as SQL in the source is a module constant, or complete as it stands."""
    known = constants()
    templates = [_pattern(s.text) for s in literals(*HOMES) if "…" in s.text]
    unseen = [
        template.pattern
        for template in templates
        if not any(template.fullmatch(text) for text in known)
    ]
    assert len(known) > 60
    assert unseen == []


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("…"))), re.S)


def test_statements_stand_in_storage_and_in_the_job_engine_only() -> None:
    strays = [s.place for s in literals("bot", "handlers", "jobs") if "jobs/engine" not in s.place]
    assert strays == []


def test_statements_name_the_columns_they_return() -> None:
    assert [s.place for s in literals(*HOMES) if _STAR.search(s.text)] == []
