"""The playground's GitHub sends webhooks that look and are signed like real ones."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from playground.clock import Clock
from playground.company import COLLEAGUES, REPOSITORIES
from playground.feed import Feed
from playground.github import GitHub, Hook
from playground.persistence import Notebook
from playground.pull_requests import TITLES, Sign
from playground.state import State
from tests.shared_data import shared

ORDERS, WEB = REPOSITORIES[:2]


class Hookbin:
    """Takes webhooks, checks their signatures, keeps them."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.ids: list[str] = []

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        expected = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == expected
        self.events.append((request.headers["X-GitHub-Event"], json.loads(body)))
        self.ids.append(request.headers["X-GitHub-Delivery"])
        return web.Response(status=202)

    @property
    def actions(self) -> list[str]:
        return [f"{event}.{body['action']}" for event, body in self.events]

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1][1]


@pytest.fixture
def state() -> State:
    return State(clock=Clock(frozen_at=1_763_633_000), feed=Feed())


@pytest.fixture
async def bin_and_url() -> AsyncIterator[tuple[Hookbin, str]]:
    hookbin = Hookbin()
    application = web.Application()
    application.router.add_post("/hook", hookbin.take)
    async with TestServer(application) as server:
        yield hookbin, str(server.make_url("/hook"))


@pytest.fixture
def hookbin(bin_and_url: tuple[Hookbin, str]) -> Hookbin:
    return bin_and_url[0]


@pytest.fixture
def github(state: State, bin_and_url: tuple[Hookbin, str]) -> GitHub:
    return GitHub(state, Hook(bin_and_url[1], "secret"))


async def test_a_merge_tells_the_whole_story(github: GitHub, hookbin: Hookbin) -> None:
    pr = await github.merge_story(ORDERS, "amara-okafor", ["jlindqvist", "chensiyuan"])
    assert hookbin.actions == [
        "pull_request.opened",
        "pull_request_review.submitted",
        "pull_request_review.submitted",
        "pull_request.closed",
    ]
    merged = hookbin.last["pull_request"]
    assert (merged["merged"], merged["state"]) == (True, "closed")
    assert merged["merged_at"] == "2025-11-20T10:03:20Z"
    assert merged["user"]["login"] == "amara-okafor"
    assert [review.state for review in pr.reviews] == ["approved", "approved"]
    assert [sent.status for sent in github.deliveries] == [202] * 4


async def test_a_dismissed_review_says_so(github: GitHub, hookbin: Hookbin) -> None:
    pr = await github.open(ORDERS, "amara-okafor")
    await github.review(pr, "jlindqvist")
    await github.dismiss(pr, "jlindqvist", by="amara-okafor")
    assert hookbin.actions[-1] == "pull_request_review.dismissed"
    assert hookbin.last["review"]["state"] == "dismissed"
    assert hookbin.last["review"]["user"]["login"] == "jlindqvist"
    with pytest.raises(LookupError):
        await github.dismiss(pr, "chensiyuan", by="amara-okafor")


async def test_a_number_is_written_down_before_anybody_hears_of_it(tmp_path: Path) -> None:
    path, heard = tmp_path / "slack.sqlite", list[int]()

    async def as_after_a_kill(_: web.Request) -> web.Response:
        again, notebook = State(clock=Clock(), feed=Feed()), Notebook(path)
        notebook.load_into(again)
        notebook.close()
        heard.extend(pr.number for pr in GitHub(again).pull_requests())
        return web.Response(status=202)

    application = web.Application()
    application.router.add_post("/hook", as_after_a_kill)
    kept = Notebook(path)
    async with TestServer(application) as server:
        hook = Hook(str(server.make_url("/hook")), "secret")
        await GitHub(State(clock=Clock(), feed=Feed(), keeper=kept), hook).open(ORDERS, "zoe-obc")
    kept.close()
    assert heard == [1]


async def test_closing_is_not_merging_and_happens_once(github: GitHub, hookbin: Hookbin) -> None:
    pr = await github.open(ORDERS, "amara-okafor")
    await github.close(pr, by="amara-okafor")
    assert hookbin.last["pull_request"]["merged"] is False
    with pytest.raises(LookupError):
        await github.merge(pr, by="amara-okafor")


async def test_a_redelivery_keeps_its_id(github: GitHub, hookbin: Hookbin) -> None:
    await github.open(ORDERS, "amara-okafor")
    again = await github.redeliver(github.deliveries[0])
    assert again.status == 202
    assert hookbin.ids[0] == hookbin.ids[1]


@pytest.mark.parametrize(
    ("sign", "path", "expected"),
    [
        (Sign.AGENT_ACCOUNT, ("user", "login"), "copilot-swe-agent[bot]"),
        (Sign.AGENT_ACCOUNT, ("user", "type"), "Bot"),
        (Sign.AGENT_ACCOUNT, ("assignee", "login"), "amara-okafor"),
        (Sign.SERVICE_BOT, ("user", "login"), "dependabot[bot]"),
        (Sign.BRANCH_HEAD, ("head", "ref"), "claude/retry-the-payment-webhook"),
        (Sign.NONE, ("head", "ref"), "retry-the-payment-webhook"),
    ],
)
async def test_what_gives_ai_away_is_in_the_payload(
    github: GitHub, hookbin: Hookbin, sign: Sign, path: tuple[str, str], expected: str
) -> None:
    await github.open(ORDERS, "amara-okafor", title=TITLES[0], sign=sign)
    assert hookbin.last["pull_request"][path[0]][path[1]] == expected


async def test_a_marker_stands_on_its_own_line_in_the_body(
    github: GitHub, hookbin: Hookbin
) -> None:
    await github.open(ORDERS, "amara-okafor", sign=Sign.BODY_MARKER)
    marked = hookbin.last["pull_request"]["body"].splitlines()
    assert "🤖 Generated with [Claude Code](https://claude.com/claude-code)" in marked


async def test_numbers_and_titles_go_on_across_repositories(github: GitHub) -> None:
    first, second = await github.open(ORDERS, "a"), await github.open(WEB, "b")
    assert (first.number, second.number) == (1, 2)
    assert first.title != second.title
    assert [pr.key for pr in github.pull_requests()] == [first.key, second.key]


async def test_the_apps_installation_is_named_if_there_is_one(
    github: GitHub, hookbin: Hookbin
) -> None:
    assert github.hook is not None
    github.hook.installation_id = 77
    await github.open(ORDERS, "amara-okafor")
    assert hookbin.last["installation"]["id"] == 77


async def test_nobody_answering_is_no_error(state: State, unused_tcp_port: int) -> None:
    github = GitHub(state, Hook(f"http://127.0.0.1:{unused_tcp_port}/", "secret"))
    await github.open(ORDERS, "amara-okafor")
    assert [sent.status for sent in github.deliveries] == [0]
    await GitHub(state).open(ORDERS, "amara-okafor")
    assert len(github.pull_requests()) == 2


def test_everybody_has_a_github_login_of_their_own() -> None:
    assert len({one.github for one in COLLEAGUES}) == len(COLLEAGUES) == 8


def kinds(value: Any) -> Any:
    """Return a payload's keys, nested, and the kinds of its values."""
    if isinstance(value, dict):
        return {key: kinds(held) for key, held in value.items()}
    return "list" if isinstance(value, list) else type(value).__name__


def differences(real: Any, ours: Any, path: str = "") -> list[str]:
    """Return where ours holds another kind of value than a real payload; null fits all."""
    if isinstance(real, dict) and isinstance(ours, dict):
        both = [key for key in real if key in ours]
        return [one for key in both for one in differences(real[key], ours[key], f"{path}.{key}")]
    if real == ours or "NoneType" in (real, ours):
        return []
    return [f"{path}: {real} is not {ours}"]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("pull_request.opened.1", "pull_request"),
        ("pull_request.closed.1", "pull_request"),
        ("pull_request_review.submitted.1", "pull_request"),
        ("pull_request_review.submitted.1", "review"),
        ("pull_request_review.dismissed.1", "review"),
    ],
)
async def test_payloads_have_the_shape_of_real_ones(
    github: GitHub, hookbin: Hookbin, name: str, part: str
) -> None:
    pr = await github.open(ORDERS, "amara-okafor")
    await github.review(pr, "jlindqvist")
    await github.dismiss(pr, "jlindqvist", by="amara-okafor")
    await github.merge(pr, by="jlindqvist")
    event, action, _ = name.split(".")
    [ours] = [body for kind, body in hookbin.events if (kind, body["action"]) == (event, action)]
    real = json.loads(shared(f"data/github-webhooks/{name}.json").read_text())
    assert set(real) - {"installation", "organization"} <= set(ours)
    assert set(real[part]) <= set(ours[part])
    assert differences(kinds(real[part]), kinds(ours[part])) == []
