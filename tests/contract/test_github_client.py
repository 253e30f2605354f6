"""Our client of GitHub, against the make-believe one and, with a token, against the real one.

HUNCH_TEST_GITHUB_TOKEN (a fine-grained token) and HUNCH_TEST_GITHUB_REPOSITORY (owner/name, one it
opens) run the tests marked `both` against the real API as well; HUNCH_TEST_GITHUB_API_URL names
another GitHub than github.com. They only read.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.errors import Permanent, Retryable, TooMuch
from bot.integrations.github.app import InstallationTokens
from bot.integrations.github.client import AppKey, GitHubClient, GivenToken, InstallationToken
from bot.watch import Watch
from playground.github.records import App
from tests.contract.github_support import ORG, PULLS, SHOP, Hosts, a_github

REAL = os.environ.get("HUNCH_TEST_GITHUB_TOKEN", "")
both = pytest.mark.parametrize(
    "where",
    ["fake", pytest.param("real", marks=pytest.mark.skipif(not REAL, reason="no token given"))],
)
_PAGE = """
query($owner: String!, $name: String!) {
  rateLimit { cost remaining }
  repository(owner: $owner, name: $name) {
    pullRequests(first: 5, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount }
  }
}
"""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Reach:
    """A client and a repository it opens."""

    github: GitHubClient
    repository: str

    @property
    def names(self) -> dict[str, str]:
        owner, _, name = self.repository.partition("/")
        return {"owner": owner, "name": name}


@asynccontextmanager
async def reach(where: str) -> AsyncIterator[Reach]:
    async with aiohttp.ClientSession(trust_env=False) as session:
        if where == "real":
            url = os.environ.get("HUNCH_TEST_GITHUB_API_URL", "https://api.github.com/")
            repository = os.environ["HUNCH_TEST_GITHUB_REPOSITORY"]
            yield Reach(
                GitHubClient(GivenToken(REAL), api_url=url, session=session, now=now), repository
            )
            return
        async with a_github() as hosts:
            yield Reach(by_token(hosts), SHOP)


def by_token(hosts: Hosts, token: str = "") -> GitHubClient:
    value = token or hosts.server.world.add_token("octavia", ORG).value
    return client(hosts, GivenToken(value))


def client(
    hosts: Hosts, credential: GivenToken | InstallationToken | AppKey, watch: Watch | None = None
) -> GitHubClient:
    app = (str(hosts.app.id), hosts.app.private_key) if isinstance(credential, AppKey) else ("", "")
    return GitHubClient(
        credential,
        api_url=hosts.server.api_url,
        session=hosts.session,
        now=now,
        watch=watch,
        app=app,
    )


def tokens(hosts: Hosts, app: App | None = None) -> InstallationTokens:
    known = app or hosts.app
    return InstallationTokens(
        known.id,
        known.private_key,
        api_url=hosts.server.api_url,
        session=hosts.session,
        now=hosts.slack.clock.utc,
    )


@pytest.fixture
async def github() -> AsyncIterator[Hosts]:
    async with a_github(count=120) as hosts:
        yield hosts


@both
async def test_one_resource_is_read(where: str) -> None:
    async with reach(where) as there:
        found = await there.github.get(f"repos/{there.repository}")
    assert found["full_name"].lower() == there.repository.lower()
    assert isinstance(found["id"], int)


@both
async def test_a_list_is_read_to_its_end_or_as_far_as_wanted(where: str) -> None:
    async with reach(where) as there:
        owner = there.repository.partition("/")[0]
        kind = (await there.github.get(f"users/{owner}"))["type"]
        path = f"orgs/{owner}/repos" if kind == "Organization" else f"users/{owner}/repos"
        everything = await there.github.pages(f"{path}?per_page=1")
        first = await there.github.pages(f"{path}?per_page=1", enough=bool)
    assert there.repository.lower() in {one["full_name"].lower() for one in everything}
    assert len(first) == 1


@both
async def test_graphql_tells_what_it_cost_and_what_is_left(where: str) -> None:
    async with reach(where) as there:
        answer = await there.github.graph(_PAGE, there.names)
        assert answer.data["repository"]["pullRequests"]["totalCount"] >= 0
        assert answer.cost >= 1
        assert answer.budget == there.github.budget
        assert answer.budget is not None
        assert answer.budget.remaining > 0
        assert answer.budget.resets_at > now()


@both
async def test_data_beside_errors_is_kept(where: str) -> None:
    query = """
    query($owner: String!, $name: String!) {
      repository(owner: $owner, name: $name) { nameWithOwner }
      other: repository(owner: $owner, name: "there-is-none-of-this-name") { nameWithOwner }
    }
    """
    async with reach(where) as there:
        answer = await there.github.graph(query, there.names)
    assert answer.data["repository"]["nameWithOwner"].lower() == there.repository.lower()
    assert answer.data["other"] is None
    assert [error["type"] for error in answer.errors] == ["NOT_FOUND"]


@both
async def test_what_is_not_there_is_said_so(where: str) -> None:
    async with reach(where) as there:
        owner = there.repository.partition("/")[0]
        with pytest.raises(Permanent, match="not_found"):
            await there.github.get(f"repos/{owner}/there-is-none-of-this-name")


@both
async def test_a_token_that_is_none_is_revoked(where: str) -> None:
    async with reach(where) as there:
        api_url = there.github._api.base_url
        stranger = GitHubClient(
            GivenToken("github_pat_none"), api_url=api_url, session=there.github._api._session,
            now=now,
        )  # fmt: skip
        with pytest.raises(Permanent, match="revoked"):
            await stranger.get("user")
        with pytest.raises(Permanent, match="revoked"):
            await stranger.graph(_PAGE, there.names)


async def test_an_installations_token_is_kept_until_five_minutes_before_its_end(
    github: Hosts,
) -> None:
    known = tokens(github)
    first = await known.of(github.installed.id)
    github.slack.clock.advance(54 * 60)
    assert await known.of(github.installed.id) == first
    github.slack.clock.advance(2 * 60)
    assert await known.of(github.installed.id) != first


async def test_a_token_that_was_taken_back_is_replaced_unnoticed(github: Hosts) -> None:
    reading = client(github, InstallationToken(tokens(github), github.installed.id))
    assert await reading.get("installation/repositories")
    for token in github.server.world.tokens:
        token.revoked = True
    assert await reading.get("installation/repositories")


async def test_the_app_itself_asks_by_its_key(github: Hosts) -> None:
    found = await client(github, AppKey()).get("app")
    assert found["slug"] == "hunch"
    assert await client(github, AppKey()).pages("app/hook/deliveries") == []


async def test_an_installation_that_is_gone_or_suspended_is_said_so(github: Hosts) -> None:
    reading = client(github, InstallationToken(tokens(github), github.installed.id))
    await github.server.owners.suspend(github.installed)
    with pytest.raises(Permanent, match="suspended"):
        await reading.get("installation/repositories")
    github.installed.suspended_at, github.installed.removed = None, True
    with pytest.raises(Permanent, match="gone"):
        await client(github, InstallationToken(tokens(github), github.installed.id)).get("app")


async def test_a_missing_permission_is_said_so(github: Hosts) -> None:
    given = github.server.world.add_token("octavia", ORG, permissions={"metadata": "read"})
    with pytest.raises(Permanent, match="scope_missing"):
        await by_token(github, given.value).get(f"orgs/{ORG}/teams")


async def test_the_end_of_a_token_is_remembered(github: Hosts) -> None:
    given = github.server.world.add_token("octavia", ORG, lasts_s=3600)
    reading = by_token(github, given.value)
    assert reading.expires_at is None
    await reading.get("user")
    assert reading.expires_at is not None
    assert abs(reading.expires_at - now() - timedelta(hours=1)) < timedelta(minutes=5)


async def test_a_used_up_budget_is_not_asked_again_before_it_is_renewed(github: Hosts) -> None:
    github.server.limits.requests_an_hour = 1
    reading = by_token(github)
    await reading.get("user")
    github.server.fail("user", times=None, status=500)
    with pytest.raises(Retryable, match="rate_limited") as caught:
        await reading.get("user")
    assert caught.value.after_s is not None
    assert 3000 < caught.value.after_s <= 3601


async def test_the_primary_limit_of_graphql_comes_with_status_200(github: Hosts) -> None:
    github.server.limits.points_an_hour = 0
    with pytest.raises(Retryable, match="rate_limited") as caught:
        await by_token(github).graph(_PAGE, {"owner": ORG, "name": "shop"})
    assert caught.value.after_s is not None
    assert caught.value.after_s > 3000


@pytest.mark.parametrize("status", [403, 429])
async def test_a_secondary_limit_that_is_over_soon_is_waited_for(
    github: Hosts, status: int
) -> None:
    watch = Watch()
    token = github.server.world.add_token("octavia", ORG).value
    reading = client(github, GivenToken(token), watch)
    github.server.limits.secondary, github.server.limits.secondary_status = 2, status
    github.server.limits.retry_after_s = 0
    assert (await reading.get("user"))["login"] == "octavia"
    github.server.limits.secondary, github.server.limits.retry_after_s = 1, 60
    with pytest.raises(Retryable, match="rate_limited") as caught:
        await reading.graph(_PAGE, {"owner": ORG, "name": "shop"})
    assert caught.value.after_s == 60
    waits = watch.metrics.registry.get_sample_value(
        "hunch_github_asked_to_wait_seconds_total", {"method": "graph"}
    )
    assert waits == 60


async def test_what_takes_github_too_long_is_too_much(github: Hosts) -> None:
    names = {"owner": ORG, "name": "shop"}
    for status in (502, 504):
        github.server.fail("graphql", status=status)
        with pytest.raises(TooMuch):
            await by_token(github).graph(_PAGE, names)
    github.server.fail("user", status=502)
    with pytest.raises(Retryable):
        await by_token(github).get("user")


async def test_partial_data_over_the_resource_limits_is_too_much(github: Hosts) -> None:
    github.server.limits.most_nodes = 60
    with pytest.raises(TooMuch):
        await by_token(github).graph(PULLS, {"owner": ORG, "name": "shop", "size": 50})


async def test_a_renamed_repository_is_still_found(github: Hosts) -> None:
    world = github.server.world
    world.move(world.repository(SHOP), ORG, "store")
    found = await by_token(github).get(f"repos/{SHOP}")
    assert found["full_name"] == f"{ORG}/store"


async def test_nobody_answering_is_tried_again_later() -> None:
    async with aiohttp.ClientSession() as session:
        lonely = GitHubClient(
            GivenToken("x"), api_url="http://127.0.0.1:9/", session=session, now=now
        )
        with pytest.raises(Retryable, match="cannot be reached"):
            await lonely.get("user")


async def test_each_kind_of_request_is_counted_by_its_end(github: Hosts) -> None:
    watch = Watch()
    reading = client(github, GivenToken("nonsense"), watch)
    with pytest.raises(Permanent):
        await reading.post("app/hook/deliveries/1/attempts", {})
    count = watch.metrics.registry.get_sample_value(
        "hunch_github_call_seconds_count", {"method": "post", "outcome": "refused"}
    )
    assert count == 1
