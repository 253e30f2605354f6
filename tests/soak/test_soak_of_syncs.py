"""A backfill of ten thousand pull requests whose worker is killed fifty times: nothing shows it.

`HUNCH_SOAK_SEED`, `HUNCH_SOAK_SYNC_KILLS` and `HUNCH_SOAK_PULL_REQUESTS` repeat or shorten a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from typing import Any

import pytest

from bot.domain.runs import RunId
from bot.use_cases import runs
from jobs.syncs import PAGES_TOGETHER
from playground.github.limits import Limits, Standing
from storage.embedded import EmbeddedServer
from tests.databases import REPOSITORY, TestDatabase, fresh_database
from tests.integration.syncs.support import ENDED, Town, a_town

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]

KILLS = int(os.environ.get("HUNCH_SOAK_SYNC_KILLS", "50"))
PULL_REQUESTS = int(os.environ.get("HUNCH_SOAK_PULL_REQUESTS", "10000"))
_STATE = "SELECT state, partial FROM runs"


class Asked:
    """How many questions GitHub was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.total, charge = 0, Limits.charge

        def counted(limits: Limits, bucket: str, resource: str, cost: int) -> Standing:
            self.total += 1
            return charge(limits, bucket, resource, cost)

        monkeypatch.setattr(Limits, "charge", counted)


async def arrange(town: Town) -> int:
    town.github.limits.points_an_hour = 10**9
    town.github.limits.points_a_minute = 10**9
    await town.add_repository("shop", PULL_REQUESTS * 9 // 10)
    await town.add_repository("lib", PULL_REQUESTS // 10, seed=2)
    return await town.start(months=240)


async def worker(town: Town, database: TestDatabase, run_id: int) -> asyncio.subprocess.Process:
    words = [database.app_url, town.github.api_url, town.token.value, town.world.team, str(run_id)]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.scenario.syncs_process", *words, cwd=REPOSITORY,
        start_new_session=True, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def kill(process: asyncio.subprocess.Process) -> None:
    """It and whatever it has forked."""
    os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def result(town: Town) -> Any:
    return await town.kept(), await town.world.rows(_STATE)


async def goes_on(town: Town, run_id: int) -> bool:
    """Whether there is more to do; a run whose workers died too often in a row is retried."""
    state = await town.world.value(_STATE)
    if state == "failed":
        async with town.world.transaction() as tx:
            message = await tx.fetchval("SELECT message FROM runs")
            assert message.startswith("It broke off 5 times at the same point"), message
            await runs.retry(tx, RunId(run_id), by="1", now=town.world.now)
    return state == "failed" or state not in ENDED


async def test_fifty_kills_leave_no_trace(
    database: TestDatabase,
    postgres: EmbeddedServer,
    template: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dice = random.Random(os.environ.get("HUNCH_SOAK_SEED", "1"))
    asked = Asked(monkeypatch)
    async with fresh_database(postgres, template) as other, a_town(other) as town:
        process = await worker(town, other, await arrange(town))
        await process.wait()
        undisturbed, pages = await result(town), asked.total
    asked.total = killed = 0
    async with a_town(database) as town:
        run_id = await arrange(town)
        while await goes_on(town, run_id):
            before = asked.total
            process = await worker(town, database, run_id)
            while killed < KILLS and process.returncode is None and asked.total == before:  # noqa: ASYNC110  (requests tell nobody)
                await asyncio.sleep(0.02)
            if killed < KILLS:
                # It is at work: somewhere within its next pages.
                await asyncio.sleep(dice.uniform(0.0, 1.5))
            if killed < KILLS and process.returncode is None:
                await kill(process)
                killed += 1
            else:
                await process.wait()
        print(f"{killed} kills, {asked.total} questions instead of {pages}")
        assert await result(town) == undisturbed
        assert asked.total <= pages + killed * PAGES_TOGETHER
