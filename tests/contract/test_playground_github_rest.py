"""The make-believe GitHub's REST API: who may ask what, and how it says no."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.github_support import HIDDEN, ORG, SHOP, Hosts, a_github


@pytest.fixture
async def github() -> AsyncIterator[Hosts]:
    async with a_github() as hosts:
        yield hosts


async def test_an_app_knows_itself_its_installations_and_gets_a_token(github: Hosts) -> None:
    jwt = github.signed()
    me = (await github.call("app", jwt)).body
    assert (me["id"], me["slug"]) == (github.app.id, "hunch")
    assert me["html_url"] == f"{github.server.base_url}/apps/hunch"
    [one] = (await github.call("app/installations", jwt)).body
    assert (one["id"], one["account"]["login"]) == (github.installed.id, ORG)
    path = f"app/installations/{one['id']}/access_tokens"
    made = await github.call(path, jwt, method="POST")
    assert made.status == 201
    assert made.body["token"].startswith("ghs_")
    assert made.body["expires_at"].endswith("Z")


@pytest.mark.parametrize(
    ("claims", "status", "says"),
    [
        ({"exp": -10}, 401, "'Expiration time' claim ('exp') must be a numeric value"),
        ({"exp": 1200}, 401, "too far in the future"),
        ({"iat": 300}, 401, "'Issued at' claim ('iat') must be an Integer"),
        ({"iss": "1"}, 404, "Integration not found"),
    ],
)
async def test_a_wrong_signature_is_refused_with_githubs_words(
    github: Hosts, claims: dict[str, Any], status: int, says: str
) -> None:
    now = int(time.time())
    given = {key: now + one if isinstance(one, int) else one for key, one in claims.items()}
    said = await github.call("app", github.signed(**given))
    assert said.status == status
    assert says in said.body["message"]


async def test_only_the_apps_own_key_opens_what_is_the_apps(github: Hosts) -> None:
    assert (await github.call("app")).status == 401
    assert (await github.call("installation/repositories", github.signed())).status == 403
    assert (await github.call("app", github.signed()[:-4] + "AAAA")).status == 401
    unknown = await github.call("user", "ghs_nobody")
    assert (unknown.status, unknown.body["message"]) == (401, "Bad credentials")
    assert (await github.call("user", "")).status == 401


async def test_lists_come_in_pages_that_lead_to_each_other(github: Hosts) -> None:
    for number in range(5):
        github.server.world.add_repository(f"{ORG}/more{number}")
    seen: list[str] = []
    path = "installation/repositories?per_page=3"
    while path:
        said = await github.call(path)
        assert said.body["total_count"] == 7
        seen += [one["full_name"] for one in said.body["repositories"]]
        following = re.search(r'<([^>]+)>; rel="next"', said.headers.get("Link", ""))
        path = following[1] if following else ""
    assert len(seen) == len(set(seen)) == 7


async def test_an_organisation_shows_its_people_and_teams(github: Hosts) -> None:
    people = (await github.call(f"orgs/{ORG}/members")).body
    assert [one["login"] for one in people] == ["octavia", "hubert", "mona"]
    teams = (await github.call(f"orgs/{ORG}/teams")).body
    assert [(one["slug"], (one["parent"] or {}).get("slug")) for one in teams] == [
        ("payments", None),
        ("refunds", "payments"),
    ]
    inside = (await github.call(f"orgs/{ORG}/teams/payments/members")).body
    assert [one["login"] for one in inside] == ["octavia", "hubert", "mona"]
    role = (await github.call(f"orgs/{ORG}/memberships/octavia")).body
    assert (role["role"], role["state"]) == ("admin", "active")


async def test_without_a_permission_it_says_which(github: Hosts) -> None:
    github.server.owners.take_permission(github.installed, "members")
    said = await github.call(f"orgs/{ORG}/teams")
    assert said.status == 403
    assert said.body["message"] == "Resource not accessible by integration"
    assert said.headers["X-Accepted-GitHub-Permissions"] == "members=read"
    assert (await github.call(f"orgs/{ORG}/members")).body == []


async def test_a_renamed_repository_is_found_by_its_old_name(github: Hosts) -> None:
    world = github.server.world
    await github.server.owners.rename(world.repository(SHOP), "store")
    moved = await github.call(f"repos/{SHOP}")
    assert moved.status == 301
    assert moved.body["url"] == moved.headers["Location"]
    assert (await github.call(moved.body["url"])).body["full_name"] == f"{ORG}/store"
    by_graph = await github.pulls(size=1)
    assert by_graph.body["data"]["repository"]["nameWithOwner"] == f"{ORG}/store"


async def test_what_was_deleted_or_never_given_is_not_found(github: Hosts) -> None:
    world = github.server.world
    world.add_organisation("elsewhere", "stranger")
    world.add_repository("elsewhere/private")
    world.add_repository("elsewhere/public", private=False)
    assert (await github.call("repos/elsewhere/private")).status == 404
    assert (await github.call("repos/elsewhere/public")).status == 200
    secret = world.repository(HIDDEN)
    await github.server.owners.delete(secret)
    for path in (f"repos/{HIDDEN}", f"repositories/{secret.id}", "repos/no/body", "no/where"):
        said = await github.call(path)
        assert (said.status, said.body["message"]) == (404, "Not Found")


async def test_another_organisations_people_are_nobodys_business(github: Hosts) -> None:
    world = github.server.world
    world.add_organisation("elsewhere", "stranger")
    world.add_team("elsewhere", "Core", "stranger")
    assert (await github.call("orgs/elsewhere")).status == 200
    assert (await github.call("orgs/elsewhere/members")).body == []
    assert (await github.call("orgs/elsewhere/teams")).status == 404
    query = '{ organization(login: "elsewhere") { teams(first: 1) { totalCount } } }'
    assert (await github.graph(query)).body["errors"][0]["type"] == "FORBIDDEN"


async def test_a_token_can_be_had_for_less(github: Hosts) -> None:
    path = f"app/installations/{github.installed.id}/access_tokens"
    less = {"repositories": ["shop"], "permissions": {"metadata": "read"}}
    made = (await github.call(path, github.signed(), method="POST", json=less)).body
    assert [one["full_name"] for one in made["repositories"]] == [SHOP]
    assert (await github.call(f"repos/{SHOP}", made["token"])).status == 200
    assert (await github.call(f"repos/{HIDDEN}", made["token"])).status == 404
    assert (await github.call(f"repos/{SHOP}/pulls", made["token"])).status == 403
    for wrong in ({"repositories": ["nothing"]}, {"permissions": {"issues": "write"}}):
        refused = await github.call(path, github.signed(), method="POST", json=wrong)
        assert refused.status == 422


async def test_only_chosen_repositories_are_there(github: Hosts) -> None:
    await github.server.owners.choose(github.installed, [SHOP])
    assert (await github.call(f"repos/{SHOP}")).status == 200
    assert (await github.call(f"repos/{HIDDEN}")).status == 404
    said = (await github.call("installation/repositories")).body
    assert (said["repository_selection"], said["total_count"]) == ("selected", 1)


async def test_a_suspended_installation_is_refused_until_it_goes_on(github: Hosts) -> None:
    await github.server.owners.suspend(github.installed)
    path = f"app/installations/{github.installed.id}/access_tokens"
    for said in (
        await github.call(f"repos/{SHOP}"),
        await github.call(path, github.signed(), method="POST"),
        await github.pulls(),
    ):
        assert (said.status, said.body["message"]) == (403, "This installation has been suspended")
    shown = await github.call(f"app/installations/{github.installed.id}", github.signed())
    assert shown.body["suspended_at"]
    await github.server.owners.unsuspend(github.installed)
    assert (await github.call(f"repos/{SHOP}")).status == 200


async def test_after_an_uninstall_nothing_opens(github: Hosts) -> None:
    await github.server.owners.uninstall(github.installed)
    path = f"app/installations/{github.installed.id}"
    assert (await github.call(path, github.signed())).status == 404
    assert (
        await github.call(f"{path}/access_tokens", github.signed(), method="POST")
    ).status == 404
    assert (await github.call(f"repos/{SHOP}")).status == 401


async def test_a_fine_grained_token_opens_its_owners_repositories_until_it_ends() -> None:
    async with a_github(count=5) as github:
        world = github.server.world
        token = world.add_token("octavia", ORG, repositories=[SHOP], lasts_s=3600)
        said = await github.call("user", token.value)
        assert said.body["login"] == "octavia"
        assert said.headers["GitHub-Authentication-Token-Expiration"].endswith(" UTC")
        mine = [one["full_name"] for one in (await github.call("user/repos", token.value)).body]
        assert mine == [SHOP]
        assert (await github.call("user/repos?affiliation=owner", token.value)).body == []
        assert (await github.call(f"repos/{SHOP}", token.value)).status == 200
        assert (await github.call(f"repos/{HIDDEN}", token.value)).status == 404
        github.slack.clock.advance(3601)
        assert (await github.call("user", token.value)).status == 401


async def test_pull_requests_can_be_read_one_by_one(github: Hosts) -> None:
    path = f"repos/{SHOP}/pulls"
    said = await github.call(f"{path}?state=all&sort=updated&direction=desc&per_page=100&page=2")
    assert len(said.body) == 100
    assert 'page=3>; rel="next"' in said.headers["Link"]
    short = said.body[0]
    whole = (await github.call(f"{path}/{short['number']}")).body
    assert whole["id"] == short["id"]
    assert set(whole) - set(short) >= {"additions", "commits", "merged_by"}
    commits = (await github.call(f"{path}/{short['number']}/commits?per_page=100")).body
    assert len(commits) == min(whole["commits"], 100)
    for one in (await github.call(f"{path}/{short['number']}/reviews")).body:
        assert one["state"] in ("APPROVED", "COMMENTED", "CHANGES_REQUESTED")
    assert {one["state"] for one in (await github.call(path)).body} == {"open"}
    assert (await github.call(f"{path}/100000")).status == 404
    assert len((await github.call(f"repos/{SHOP}/commits?per_page=1")).body) == 1
    github.server.owners.take_permission(github.installed, "contents")
    assert (await github.call(f"repos/{SHOP}/commits")).status == 403
    assert (await github.call(path)).status == 200


async def test_the_hours_requests_are_counted_and_end(github: Hosts) -> None:
    github.server.limits.requests_an_hour = 3
    before = (await github.call("rate_limit")).body["resources"]["core"]
    left = [(await github.call(f"repos/{SHOP}")).headers["X-RateLimit-Remaining"]]
    while left[-1] != "0":
        left.append((await github.call(f"repos/{SHOP}")).headers["X-RateLimit-Remaining"])
    refused = await github.call(f"repos/{SHOP}")
    assert refused.status == 403
    assert refused.body["message"].startswith("API rate limit exceeded for installation ID")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert before["limit"] == 3
    github.slack.clock.advance(3601)
    token = f"app/installations/{github.installed.id}/access_tokens"
    github.token = (await github.call(token, github.signed(), method="POST")).body["token"]
    assert (await github.call(f"repos/{SHOP}")).status == 200


@pytest.mark.parametrize("status", [403, 429])
async def test_too_fast_is_said_with_when_to_come_back(github: Hosts, status: int) -> None:
    github.server.limits.secondary, github.server.limits.secondary_status = 2, status
    for said in (await github.call(f"repos/{SHOP}"), await github.pulls()):
        assert said.status == status
        assert "secondary rate limit" in said.body["message"]
        assert said.headers["Retry-After"] == "60"
    assert (await github.call(f"repos/{SHOP}")).status == 200


async def test_planned_mishaps_happen_once(github: Hosts) -> None:
    github.server.fail("repos", status=500)
    assert (await github.call(f"repos/{SHOP}")).status == 500
    assert (await github.call(f"repos/{SHOP}")).status == 200
