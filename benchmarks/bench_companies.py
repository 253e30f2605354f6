"""Pull requests that a generated company opens in a second of computing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice

from benchmarks.tables import Row
from playground.companies import CompanyPlan, generate

ENOUGH = 100_000
ROUNDS = 3
GOAL = 50_000.0
"""What a database of a million pull requests should not wait for."""


async def measure() -> Sequence[Row]:
    """The largest company of all, beside the rate that is asked of it."""
    return [
        Row(
            "generated/s, beside 50,000",
            [_rate() for _ in range(ROUNDS)],
            [GOAL] * ROUNDS,
            ">=",
            1.0,
        )
    ]


def _rate() -> float:
    made = generate(CompanyPlan(people=5000, days=3 * 365)).pull_requests()
    began = time.process_time()
    count = sum(1 for _ in islice(made, ENOUGH))
    return count / (time.process_time() - began)
