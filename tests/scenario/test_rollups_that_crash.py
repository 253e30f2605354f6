"""Broken off while facts and weeks are made: whoever goes on ends as if nothing had been."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from bot import failpoints
from bot.errors import DatabaseAway
from bot.use_cases.rollups import REBUILD
from jobs.engine import QueuedJob
from jobs.rollups import FactKeeper, Rebuilding, rebuilding
from tests.databases import TestDatabase
from tests.integration.facts.support import DAY, HOUR, MONDAY, Weeks, told
from tests.integration.game.support import World
from tests.running import Ground, ground_on
from tests.scenario.places import around

CATCHING_UP = around("catch_up_facts")
REBUILDING = around("rebuild_facts", "rebuild_weeks")
ROLLUPS = (CATCHING_UP, REBUILDING)

_SPOIL = "UPDATE rollups SET merged = 99, cycle_s = 1"


def _weeks(ground: Ground) -> Weeks:
    return Weeks(World(ground.db, ground.team))


async def _hear(weeks: Weeks) -> None:
    await weeks.hear(
        *(told(n, merged_at=MONDAY + 20 * n * DAY, opened_at=MONDAY) for n in range(1, 5)),
        told(9, head_ref="revert-2-topic", reviews=[("person2", MONDAY + HOUR)]),
    )


async def _refresh(weeks: Weeks) -> None:
    job = QueuedJob("rollups.refresh", weeks.workspace_id, "0", 1)
    await FactKeeper(weeks.world.db).refresh(job)


@pytest.mark.parametrize("place", CATCHING_UP)
async def test_marks_are_worked_off_once(database: TestDatabase, place: str) -> None:
    async with ground_on(database) as ground:
        weeks = _weeks(ground)
        await _hear(weeks)
        failpoints.arm({place: "fail"})
        with suppress(DatabaseAway, OSError):
            await _refresh(weeks)
        await _refresh(weeks)
        followed = await weeks.rows()
        assert len(followed) > 4
        assert _without_order(followed) == _without_order(await weeks.count_all_anew())


@pytest.mark.parametrize("place", REBUILDING)
async def test_weeks_that_were_spoiled_are_made_anew(database: TestDatabase, place: str) -> None:
    async with ground_on(database, rebuilding()) as ground:
        weeks = _weeks(ground)
        await _hear(weeks)
        await weeks.settle()
        truth = _without_order(await weeks.rows())
        await weeks.world.run(_SPOIL)
        await weeks.world.run("UPDATE facts SET cycle_s = 1, is_revert = false")
        run_id = await ground.start(REBUILD, Rebuilding(with_facts=True))
        failpoints.arm({place: "fail"})
        await ground.wear_out()
        await weeks.settle()
        assert await ground.states(run_id) == ["succeeded", "succeeded", "succeeded"]
        assert _without_order(await weeks.rows()) == truth


def _without_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for row in rows:
        counts = row.pop("counts") or [1] * len(row["buckets"])
        listed = zip(row["buckets"], counts, strict=True)
        row["buckets"] = sorted(bucket for bucket, n in listed for _ in range(n))
    return rows
