"""Fills a database with a generated company's pull requests: as many as a benchmark needs.

    python -m benchmarks.companies --pull-requests 1000000

uses DATABASE_URL as Hunch does, and says how long it took.
"""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from itertools import islice

from benchmarks.grounds import WORKSPACE, Stopwatch, install
from bot.app import open_services, open_store
from bot.app.services import Services
from bot.cli.tryouts.pasts import keep_past
from bot.domain.ids import WorkspaceId
from bot.settings import read_settings
from playground.companies import Company, CompanyPlan, generate

_A_YEAR_EACH = 105


def company_with(pull_requests: int, *, seed: int = 1) -> Company:
    """A company that opens at least so many pull requests, over three years, ending today."""
    people = min(5000, max(5, pull_requests // (3 * _A_YEAR_EACH) + 1))
    days = 3 * 365 * max(1, round(pull_requests / (people * 3 * _A_YEAR_EACH) + 0.5))
    plan = CompanyPlan(seed=seed, people=people)
    return generate(plan.until(datetime.now(UTC).date(), days=days))


async def fill(services: Services, workspace_id: WorkspaceId, pull_requests: int) -> int:
    """Store so many pull requests with their reviews in a registered workspace."""
    made = islice(company_with(pull_requests).pull_requests(), pull_requests)
    return await keep_past(services.store.database, workspace_id, made)


async def main() -> None:
    """Fill the database of the settings, in a workspace of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pull-requests", type=int, default=100_000)
    wanted = parser.parse_args().pull_requests
    settings = read_settings()
    async with open_store(settings) as store, open_services(settings, store) as services:
        await install(services, WORKSPACE, "xoxb-bench")
        watch = Stopwatch()
        count = await fill(services, WORKSPACE, wanted)
        print(f"{count} pull requests in {watch.seconds:.1f} s ({count / watch.seconds:,.0f}/s)")


if __name__ == "__main__":
    asyncio.run(main())
