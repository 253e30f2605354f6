"""The make-believe GitHub's GraphQL: pages, limits and errors as at GitHub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.github_support import SECRET, SHOP, Hosts, a_github


@pytest.fixture
async def github() -> AsyncIterator[Hosts]:
    async with a_github() as hosts:
        yield hosts


async def test_a_page_of_pull_requests_has_everything_and_costs_two_points(github: Hosts) -> None:
    said = (await github.pulls()).body
    assert "errors" not in said
    page = said["data"]["repository"]["pullRequests"]
    assert page["totalCount"] == 230
    assert len(page["nodes"]) == 50
    assert page["pageInfo"]["hasNextPage"]
    times = [pr["updatedAt"] for pr in page["nodes"]]
    assert times == sorted(times, reverse=True)
    assert said["data"]["rateLimit"] == {"cost": 2, "nodeCount": 5050, "remaining": 4998}


async def test_all_pages_together_are_all_pull_requests_once(github: Hosts) -> None:
    numbers: list[int] = []
    after = None
    while True:
        page = (await github.pulls(after=after)).body["data"]["repository"]["pullRequests"]
        numbers += [pr["number"] for pr in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert sorted(numbers) == list(range(1, 231))
