"""The make-believe GitHub's GraphQL: pages, limits and errors as at GitHub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from playground.github import GitHub
from tests.contract.github_support import HIDDEN, SHOP, Hosts, a_github


@pytest.fixture
async def github() -> AsyncIterator[Hosts]:
    async with a_github() as hosts:
        yield hosts


def of(called: Any) -> Any:
    """The page of pull requests in an answer."""
    assert "errors" not in called.body, called.body["errors"]
    return called.body["data"]["repository"]["pullRequests"]


async def test_a_page_of_pull_requests_has_everything_and_costs_two_points(github: Hosts) -> None:
    called = await github.pulls()
    page = of(called)
    assert page["totalCount"] == 230
    assert len(page["nodes"]) == 50
    assert page["pageInfo"]["hasNextPage"]
    times = [pr["updatedAt"] for pr in page["nodes"]]
    assert times == sorted(times, reverse=True)
    limit = called.body["data"]["rateLimit"]
    assert limit == {"cost": 2, "nodeCount": 5050, "remaining": 4998}
    assert called.headers["X-RateLimit-Remaining"] == "4998"


async def test_all_pages_together_are_all_pull_requests_once(github: Hosts) -> None:
    page, numbers = of(await github.pulls()), []
    while True:
        numbers += [pr["number"] for pr in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        page = of(await github.pulls(after=page["pageInfo"]["endCursor"]))
    assert sorted(numbers) == list(range(1, 231))


async def test_a_cursor_stays_good_while_rows_move(github: Hosts) -> None:
    """What moves to the front while somebody reads is not seen again; nothing else is lost."""
    first = of(await github.pulls(size=20))
    acting = GitHub(github.slack.state, teller=github.server.telling)
    moved = [await acting.open(SHOP, "octavia") for _ in range(3)]
    rest: list[int] = []
    page = first
    while page["pageInfo"]["hasNextPage"]:
        page = of(await github.pulls(size=20, after=page["pageInfo"]["endCursor"]))
        rest += [pr["number"] for pr in page["nodes"]]
    seen = [pr["number"] for pr in first["nodes"]] + rest
    assert sorted(seen) == list(range(1, 231))
    assert [pr.number for pr in moved] == [231, 232, 233]
    newest = of(await github.pulls(size=3))
    assert [pr["number"] for pr in newest["nodes"]] == [233, 232, 231]
    assert newest["totalCount"] == 233


async def test_pull_requests_made_by_hand_are_there_as_their_webhooks_tell(github: Hosts) -> None:
    acting = GitHub(github.slack.state, teller=github.server.telling)
    pr = await acting.open(SHOP, "octavia", title="By hand")
    await acting.review(pr, "hubert")
    await acting.label(pr, "bug", by="octavia")
    await acting.merge(pr, by="hubert")
    [node] = of(await github.pulls(size=1))["nodes"]
    assert (node["title"], node["state"], node["author"]["login"]) == (
        "By hand",
        "MERGED",
        "octavia",
    )
    assert [one["state"] for one in node["reviews"]["nodes"]] == ["APPROVED"]
    assert [one["name"] for one in node["labels"]["nodes"]] == ["bug"]
    assert node["commits"]["totalCount"] == len(acting.find(pr.key).commits)


async def test_bots_have_no_suffix_in_graphql(github: Hosts) -> None:
    acting = GitHub(github.slack.state, teller=github.server.telling)
    await acting.open(SHOP, "dependabot[bot]")
    [node] = of(await github.pulls(size=1))["nodes"]
    assert node["author"] == {"__typename": "Bot", "login": "dependabot"}


REST = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on PullRequest {
  number commits(first: 100) { totalCount nodes { commit { oid } } } } } }"""


async def test_crowded_pull_requests_are_fetched_whole_by_their_ids(github: Hosts) -> None:
    page = of(await github.pulls())
    crowded: list[Any] = []
    while not crowded:
        crowded = [p for p in page["nodes"] if p["commits"]["pageInfo"]["hasNextPage"]]
        if not crowded:
            page = of(await github.pulls(after=page["pageInfo"]["endCursor"]))
    said = await github.graph(REST, ids=[pr["id"] for pr in crowded] + ["PR_bm90aGluZw"])
    *found, missing = said.body["data"]["nodes"]
    for pr, whole in zip(crowded, found, strict=True):
        assert whole["number"] == pr["number"]
        first = [one["commit"]["oid"] for one in pr["commits"]["nodes"]]
        assert [one["commit"]["oid"] for one in whole["commits"]["nodes"]][:50] == first
    assert missing is None
    assert [one["type"] for one in said.body["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("query", "kind", "says"),
    [
        (
            "{ viewer { login } repository(owner: %o, name: %n) { pullRequests { totalCount } } }",
            "MISSING_PAGINATION_BOUNDARIES",
            "You must provide a `first` or `last` value to properly paginate the `pullRequests`",
        ),
        (
            "{ repository(owner: %o, name: %n) { pullRequests(first: 101) { totalCount } } }",
            "EXCESSIVE_PAGINATION",
            "Requesting 101 records on the `pullRequests` connection exceeds the `first` limit",
        ),
        (
            "{ repository(owner: %o, name: %n) { pullRequests(first: 100) { nodes { "
            "commits(first: 100) { nodes { commit { authors(first: 100) { totalCount } } } } } } } }",
            "MAX_NODE_LIMIT_EXCEEDED",
            "requests up to 1,010,100 possible nodes which exceeds the maximum limit of 500,000",
        ),
        (
            '{ repository(owner: "no", name: "body") { id } }',
            "NOT_FOUND",
            "Could not resolve to a Repository with the name 'no/body'.",
        ),
        (
            '{ repository(owner: %o, name: %n) { pullRequests(first: 1, after: "?") { totalCount } } }',
            "INVALID_CURSOR_ARGUMENTS",
            "does not appear to be a valid cursor",
        ),
    ],
)
async def test_a_bad_query_is_refused_with_githubs_words(
    github: Hosts, query: str, kind: str, says: str
) -> None:
    owner, _, name = SHOP.partition("/")
    said = await github.graph(query.replace("%o", f'"{owner}"').replace("%n", f'"{name}"'))
    assert said.status == 200
    assert said.body["errors"][0]["type"] == kind
    assert says in said.body["errors"][0]["message"]


async def test_a_field_that_github_has_not_is_named(github: Hosts) -> None:
    said = await github.graph("{ rateLimit { costs } }")
    [error] = said.body["errors"]
    assert error["message"] == "Field 'costs' doesn't exist on type 'RateLimit'"
    assert error["extensions"]["code"] == "undefinedField"
    assert "data" not in said.body


async def test_an_hours_points_are_used_up_with_status_200(github: Hosts) -> None:
    github.server.limits.points_an_hour = 3
    await github.pulls()
    await github.pulls()
    said = await github.pulls()
    assert said.status == 200
    assert [one["type"] for one in said.body["errors"]] == ["RATE_LIMITED"]
    assert "data" not in said.body
    assert said.headers["X-RateLimit-Remaining"] == "0"


async def test_a_minutes_points_are_held_back(github: Hosts) -> None:
    github.server.limits.points_a_minute = 3
    assert (await github.pulls()).status == 200
    refused = await github.pulls()
    assert refused.status == 403
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    github.slack.clock.advance(61)
    assert (await github.pulls()).status == 200


async def test_pages_that_take_too_long_cost_points_and_bring_nothing(github: Hosts) -> None:
    github.server.limits.slow_pages[SHOP] = 12
    slow = await github.pulls(size=13)
    assert slow.status == 502
    assert slow.body["data"] is None
    assert slow.headers["X-RateLimit-Used"] == "1"
    assert (await github.pulls(size=12)).status == 200
    assert (await github.pulls(size=50, name=HIDDEN)).status == 200
    github.server.limits.slow_nodes = 1000
    assert (await github.pulls(size=50, name=HIDDEN)).status == 502


async def test_over_the_resource_limits_a_part_comes(github: Hosts) -> None:
    github.server.limits.most_nodes = 120
    said = await github.pulls()
    assert said.status == 200
    assert {one["type"] for one in said.body["errors"]} == {"RESOURCE_LIMITS_EXCEEDED"}
    nodes = said.body["data"]["repository"]["pullRequests"]["nodes"]
    assert any(nodes)
    assert None in nodes


async def test_without_the_permission_pull_requests_are_forbidden(github: Hosts) -> None:
    github.server.owners.take_permission(github.installed, "pull_requests")
    said = await github.pulls()
    assert said.body["data"]["repository"] is None
    [error] = said.body["errors"]
    assert (error["type"], error["path"]) == ("FORBIDDEN", ["repository", "pullRequests"])
    assert error["message"] == "Resource not accessible by integration"


async def test_nonsense_is_refused(github: Hosts) -> None:
    url = f"{github.server.base_url}/api/graphql"
    for body in (b"{", b"[]", b'{"query": 1}'):
        assert (await github.call(url, method="POST", data=body)).status == 400
    assert (await github.graph("{ viewer")).body["errors"][0]["extensions"] == {
        "code": "parseError"
    }
    assert (await github.graph("{ viewer { login } }", "ghs_nobody")).status == 401
    assert (await github.graph("{ viewer { login } }", github.signed())).status == 401
