"""What Apps on the make-believe GitHub hear of, in the shapes of real payloads, and signing in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from playground.github import GitHub, sign
from tests.contract.github_support import HIDDEN, ORG, SHOP, Hosts, a_github
from tests.contract.test_playground_github import differences, kinds
from tests.shared_data import shared


@dataclass
class Bin:
    """Where webhooks arrive."""

    secret: str = ""
    status: int = 202
    heard: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert request.headers["X-Hub-Signature-256"] == sign(self.secret, body)
        if self.status == 202:
            guid, event = (request.headers[f"X-GitHub-{one}"] for one in ("Delivery", "Event"))
            self.heard.append((guid, event, json.loads(body)))
            self.came.set()
        return web.Response(status=self.status)

    async def until(self, count: int) -> None:
        while len(self.heard) < count:
            self.came.clear()
            await self.came.wait()

    def named(self) -> list[str]:
        return [f"{event}.{body.get('action', 'none')}" for _, event, body in self.heard]

    def last(self, event: str) -> dict[str, Any]:
        return next(body for _, one, body in reversed(self.heard) if one == event)


@pytest.fixture
async def place() -> AsyncIterator[tuple[Hosts, Bin]]:
    there = Bin()
    app = web.Application()
    app.router.add_post("/hook", there.take)
    async with TestServer(app) as server, a_github(count=5) as github:
        there.secret = github.app.webhook_secret
        github.app.webhook_url = str(server.make_url("/hook"))
        github.server.world.apps.put(github.app)
        yield github, there


async def test_what_owners_do_is_told_in_githubs_shapes(place: tuple[Hosts, Bin]) -> None:
    github, there = place
    owners, people, world = github.server.owners, github.server.people, github.server.world
    one = github.installed
    await owners.choose(one, [SHOP])
    await owners.choose(one, [SHOP, HIDDEN])
    await owners.suspend(one)
    await owners.unsuspend(one)
    await owners.accept_permissions(one)
    await owners.rename(world.repository(HIDDEN), "hidden")
    await owners.set_private(world.repository(f"{ORG}/hidden"), False)
    await owners.set_private(world.repository(f"{ORG}/hidden"), True)
    await owners.create(f"{ORG}/fresh")
    await people.join(ORG, "newcomer")
    team = world.teams[f"{ORG}/payments"]
    await people.join_team(team, "newcomer")
    await people.leave(ORG, "newcomer")
    await people.add_collaborator(SHOP, "outsider")
    await owners.delete(world.repository(f"{ORG}/hidden"))
    await owners.uninstall(one)
    assert there.named() == [
        "installation_repositories.removed",
        "installation_repositories.added",
        "installation.suspend",
        "installation.unsuspend",
        "installation.new_permissions_accepted",
        "repository.renamed",
        "repository.publicized",
        "repository.privatized",
        "organization.member_added",
        "membership.added",
        "membership.removed",
        "organization.member_removed",
        "member.added",
        "repository.deleted",
        "installation.deleted",
    ]
    for name in (
        "installation_repositories.removed",
        "installation_repositories.added",
        "installation.suspend",
        "installation.deleted",
        "repository.renamed",
        "repository.privatized",
        "organization.member_added",
        "membership.added",
        "member.added",
    ):
        real = json.loads(shared(f"data/github-webhooks/{name}.1.json").read_text())
        event, _, action = name.partition(".")
        ours = next(b for _, e, b in there.heard if (e, b["action"]) == (event, action))
        assert set(real) <= {*ours}, name
        wrong = [
            line
            for line in differences(kinds(real), kinds(ours))
            if "events" not in line and "team" not in line
        ]
        assert wrong == [], name


async def test_teams_come_are_renamed_and_go_and_the_app_hears_of_it(
    place: tuple[Hosts, Bin],
) -> None:
    github, there = place
    people, world = github.server.people, github.server.world
    before = {one.slug for one in world.teams}
    team = await people.create_team(ORG, "Night watch", parent="payments")
    await people.rename_team(team, "Day watch")
    assert {one.slug for one in world.teams} == before | {"day-watch"}
    await people.delete_team(team)
    assert {one.slug for one in world.teams} == before
    assert there.named() == ["team.created", "team.edited", "team.deleted"]
    assert there.last("team")["team"]["slug"] == "day-watch"
    renamed = next(body for _, _, body in there.heard if body["action"] == "edited")
    assert renamed["changes"] == {"name": {"from": "Night watch"}}


async def test_a_pull_request_is_told_to_the_app_that_covers_it(
    place: tuple[Hosts, Bin],
) -> None:
    github, there = place
    acting = GitHub(github.slack.state, teller=github.server.telling)
    pr = await acting.open(SHOP, "octavia", draft=True)
    for act in (acting.ready, acting.back_to_draft):
        await act(pr, by="octavia")
    await acting.ask(pr, "hubert", by="octavia")
    await acting.push(pr, by="octavia", message="More\n\nCo-authored-by: X <x@example.com>")
    await acting.comment(pr, "Why?", by="hubert")
    await acting.label(pr, "bug", by="octavia")
    await acting.close(pr, by="octavia")
    await acting.reopen(pr, by="octavia")
    await acting.merge(pr, by="hubert")
    assert there.named() == [
        "pull_request.opened",
        "pull_request.ready_for_review",
        "pull_request.converted_to_draft",
        "pull_request.review_requested",
        "push.none",
        "pull_request.synchronize",
        "pull_request_review.submitted",
        "pull_request_review_comment.created",
        "pull_request.labeled",
        "pull_request.closed",
        "pull_request.reopened",
        "pull_request.closed",
    ]
    for name in ("labeled", "review_requested", "synchronize", "converted_to_draft"):
        real = json.loads(shared(f"data/github-webhooks/pull_request.{name}.1.json").read_text())
        ours = next(b for _, e, b in there.heard if b.get("action") == name)
        assert set(real) <= {*ours, "installation"}, name
    real = json.loads(shared("data/github-webhooks/push.none.1.json").read_text())
    assert set(real) <= {*there.last("push")}
    assert there.last("push")["installation"]["id"] == github.installed.id
    assert [one.status for one in acting.deliveries] == [202] * 12


async def test_an_app_hears_only_of_what_it_may_and_asked_for(place: tuple[Hosts, Bin]) -> None:
    github, there = place
    acting = GitHub(github.slack.state, teller=github.server.telling)
    github.server.owners.take_permission(github.installed, "pull_requests")
    await acting.open(SHOP, "octavia")
    await github.server.owners.choose(github.installed, [HIDDEN])
    await acting.open(SHOP, "octavia")
    assert there.named() == ["installation_repositories.removed"]
    assert not github.server.telling.covers(SHOP)


async def test_a_delivery_that_failed_is_kept_and_sent_again_when_asked(
    place: tuple[Hosts, Bin],
) -> None:
    github, there = place
    acting = GitHub(github.slack.state, teller=github.server.telling)
    there.status = 503
    await acting.open(SHOP, "octavia")
    github.server.telling.fail_next = 1
    await acting.open(SHOP, "hubert")
    there.status = 202
    await acting.open(SHOP, "mona")
    path, jwt = "app/hook/deliveries", github.signed()
    listed = (await github.call(f"{path}?per_page=2", jwt)).body
    assert [one["status_code"] for one in listed] == [202, 0]
    following = (await github.call(f"{path}?per_page=2", jwt)).headers["Link"]
    older = (await github.call(following.partition(">")[0].strip("<"), jwt)).body
    assert [one["status_code"] for one in older] == [503]
    asked = await github.call(f"{path}/{older[0]['id']}/attempts", jwt, method="POST")
    assert asked.status == 202
    async with asyncio.timeout(10):
        await there.until(2)
    assert there.heard[-1][0] == older[0]["guid"]
    [again, *_] = (await github.call(path, jwt)).body
    assert (again["guid"], again["redelivery"]) == (older[0]["guid"], True)
    assert again["id"] != older[0]["id"]
    whole = (await github.call(f"{path}/{again['id']}", jwt)).body
    assert whole["request"]["payload"]["action"] == "opened"
    assert (await github.call(f"{path}/1", jwt)).status == 404
    github.slack.clock.advance(3 * 86_400 + 60)
    assert (await github.call(path, jwt)).body == []


async def test_a_repository_keeps_its_numbers_when_it_is_renamed_or_given_away(
    place: tuple[Hosts, Bin],
) -> None:
    github, there = place
    world, acting = github.server.world, GitHub(github.slack.state, teller=github.server.telling)
    pr = await acting.open(SHOP, "octavia", title="Before")
    before = there.last("pull_request")["pull_request"]
    await github.server.owners.rename(world.repository(SHOP), "store")
    renamed = f"{ORG}/store"
    pr = await acting.review(acting.find(f"{renamed}#{pr.number}"), "hubert")
    after = there.last("pull_request_review")
    for key in ("id", "node_id"):
        assert after["pull_request"][key] == before[key]
        assert after["repository"][key] == before["base"]["repo"][key]
    assert after["repository"]["full_name"] == renamed
    page = (await github.pulls(size=1, name=renamed)).body["data"]["repository"]["pullRequests"]
    assert page["nodes"][0]["id"] == before["node_id"]
    world.add_organisation("elsewhere", "stranger")
    heard = len(there.heard)
    await github.server.owners.transfer(world.repository(renamed), "elsewhere")
    assert len(there.heard) == heard
    assert (await github.call(f"repos/{renamed}")).status == 404
    await github.server.people.rename_organisation("elsewhere", "away")
    assert world.find_repository("away/store")[1]
    assert world.find_repository(SHOP)[0] is not None


async def _exchange(github: Hosts, **asked: str) -> Any:
    url = f"{github.server.base_url}/login/oauth/access_token"
    headers = {"Accept": "application/json"}
    app = {"client_id": github.app.client_id, "client_secret": github.app.client_secret}
    async with github.session.post(url, data={**app, **asked}, headers=headers) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_code_becomes_a_persons_token_once(place: tuple[Hosts, Bin]) -> None:
    github, _ = place
    github.app.callback_urls = ["http://127.0.0.1:1/back"]
    code = github.server.sign_in.code(github.app, "octavia", "http://127.0.0.1:1/back")
    said = await _exchange(github, code=code)
    assert said["access_token"].startswith("ghu_")
    token = said["access_token"]
    assert (await github.call("user", token)).body["login"] == "octavia"
    [one] = (await github.call("user/installations", token)).body["installations"]
    assert one["id"] == github.installed.id
    shown = await github.call(f"user/installations/{one['id']}/repositories", token)
    assert {r["full_name"] for r in shown.body["repositories"]} == {SHOP, HIDDEN}
    assert (await _exchange(github, code=code))["error"] == "bad_verification_code"
    fresh = await _exchange(github, grant_type="refresh_token", refresh_token=said["refresh_token"])
    assert (await github.call("user", token)).status == 401
    assert (await github.call("user", fresh["access_token"])).status == 200


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"code": "nonsense"}, "bad_verification_code"),
        ({"client_secret": "wrong"}, "incorrect_client_credentials"),  # pragma: allowlist secret
        ({"redirect_uri": "http://evil.example/"}, "redirect_uri_mismatch"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "ghr_no"}, "bad_refresh_token"),
    ],
)
async def test_a_wrong_exchange_is_answered_with_200_and_an_error(
    place: tuple[Hosts, Bin], asked: dict[str, str], error: str
) -> None:
    github, _ = place
    code = github.server.sign_in.code(github.app, "octavia", "http://127.0.0.1:1/back")
    assert (await _exchange(github, **{"code": code, **asked}))["error"] == error


async def test_a_code_ends_after_ten_minutes(place: tuple[Hosts, Bin]) -> None:
    github, _ = place
    code = github.server.sign_in.code(github.app, "octavia", "http://127.0.0.1:1/back")
    github.slack.clock.advance(601)
    assert (await _exchange(github, code=code))["error"] == "bad_verification_code"


async def test_what_nobody_may_hear_of_is_done_all_the_same(place: tuple[Hosts, Bin]) -> None:
    github, there = place
    acting = GitHub(github.slack.state, teller=github.server.telling)
    await acting.open(SHOP, "octavia")
    assert acting.heard
    await github.server.owners.suspend(github.installed)
    await acting.open(SHOP, "octavia")
    assert not acting.heard
    assert there.named() == ["pull_request.opened", "installation.suspend"]
    github.app.webhook_url = ""
    assert not github.server.telling.covers(SHOP)
