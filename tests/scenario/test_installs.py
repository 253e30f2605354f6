"""Hunch comes into workspaces by OAuth, and plays in each of them; or it does not, and says why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.app import Roles, register_workspace
from bot.app.doors import slack_app
from bot.domain.ids import WorkspaceId
from bot.errors import DatabaseAway
from bot.ports import Database, TokenOwner
from handlers.installs import InstallDoor
from tests.databases import TestDatabase
from tests.scenario.install_support import Seen, Town, browsing, plays, set_town
from tests.stage import set_stage

_SECRETS = "SELECT array_agg(purpose ORDER BY purpose) FROM secrets"  # pragma: allowlist secret


@pytest_asyncio.fixture
async def town(database: TestDatabase) -> AsyncIterator[Town]:
    async with set_town(database) as town:
        yield town


async def test_two_workspaces_come_by_oauth_and_each_plays_the_game(town: Town) -> None:
    teams = [town.neighbour(name) for name in ("Newcomers", "Latecomers")]
    for team, name in zip(teams, ("Newcomers", "Latecomers"), strict=True):
        page = await town.browser.install(team)
        assert (page.status, page.title) == (200, f"Hunch is in {name}")
    for team in teams:
        await plays(await town.stage_in(team))
    await plays(town.stage)


async def test_the_tokens_are_kept_and_nothing_else_that_slack_gave(town: Town) -> None:
    team = town.neighbour()
    await town.browser.install(team)
    await town.stage.quiet()
    assert await town.value(team, _SECRETS) == ["slack.bot_token", "slack.refresh_token"]
    facts = "SELECT row(app_id, installer, token_expires_at IS NOT NULL)::text FROM workspaces"
    boss = town.person(team).id
    assert await town.value(team, facts) == f"({town.app.id},{boss},t)"
    audits = "SELECT count(*) FROM audits WHERE action = 'workspace.installed' AND actor = $1"
    assert await town.value(team, audits, boss) == 1


async def test_a_token_that_does_not_rotate_comes_without_a_refresh_token(
    database: TestDatabase,
) -> None:
    async with set_town(database, rotation=False) as town:
        team = town.neighbour()
        await town.browser.install(team)
        assert await town.value(team, _SECRETS) == ["slack.bot_token"]
        assert await town.value(team, "SELECT token_expires_at FROM workspaces") is None


async def test_the_first_page_stores_nothing_and_leads_to_slack(town: Town) -> None:
    page = await town.browser.get("/slack/install")
    assert 'href="/slack/install/begin">Add to Slack</a>' in page.text
    for path, status in (("", 200), ("/begin", 405)):
        url = f"{town.stage.base_url}/slack/install{path}"
        async with town.browser.http.head(url, allow_redirects=False) as head:
            assert head.status == status
    assert await town.routed("SELECT count(*) FROM oauth_states") == 0
    asked = parse_qs(urlsplit(await town.browser.set_out("?team=T0WANTED")).query)
    assert asked["redirect_uri"] == [f"{town.stage.base_url}/slack/oauth_redirect"]
    assert set(asked) == {"client_id", "scope", "redirect_uri", "state", "team"}
    assert "chat:write" in asked["scope"][0].split(",")
    assert await town.routed("SELECT count(*) FROM oauth_states") == 1


async def test_pages_are_for_browsers_alone(town: Town) -> None:
    page = await town.browser.get("/slack/install")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy


async def test_the_cookie_goes_nowhere_else(town: Town) -> None:
    begun = await town.browser.get("/slack/install/begin")
    cookie = begun.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/slack" in cookie
    assert "Max-Age=600" in cookie
    assert "Secure" not in cookie


async def test_over_https_the_cookie_is_sent_over_https_only(database: TestDatabase) -> None:
    async with set_town(database, base_url="https://hunch.example") as town:
        begun = await town.browser.get(
            f"http://127.0.0.1:{town.stage.services.settings.port}/slack/install/begin"
        )
        assert "Secure" in begun.headers["Set-Cookie"]
        asked = parse_qs(urlsplit(begun.headers["Location"]).query)
        assert asked["redirect_uri"] == ["https://hunch.example/slack/oauth_redirect"]


async def test_who_says_no_is_told_that_nothing_happened(town: Town) -> None:
    page = await town.browser.install(town.neighbour(), decision="cancel")
    assert (page.status, page.title) == (200, "Hunch was not installed")
    assert town.refusals("denied") == 1
    assert await town.routed("SELECT count(*) FROM oauth_states") == 0


async def test_a_link_is_good_for_ten_minutes(town: Town) -> None:
    back = await town.browser.decide(await town.browser.set_out(), town.neighbour())
    town.stage.clock.ahead += timedelta(minutes=10)
    page = await town.browser.get(back)
    assert (page.status, page.title) == (400, "This link has expired")
    assert town.refusals("expired_state") == 1


async def test_a_link_is_good_once(town: Town) -> None:
    team = town.neighbour()
    back = await town.browser.decide(await town.browser.set_out(), team)
    assert (await town.browser.get(back)).status == 200
    before = await town.value(team, "SELECT ciphertext FROM secrets ORDER BY purpose LIMIT 1")
    again = await town.browser.get(back)
    assert (again.status, again.title) == (400, "This link cannot be used")
    after = await town.value(team, "SELECT ciphertext FROM secrets ORDER BY purpose LIMIT 1")
    assert (after, town.refusals("unknown_state")) == (before, 1)


@pytest.mark.parametrize("state", ["", "?", "forged-state", "x" * 4000, "%00", "%F0%9F"])
async def test_a_state_that_is_none_of_ours_gets_nowhere(town: Town, state: str) -> None:
    await town.browser.set_out()
    page = await town.browser.get(f"/slack/oauth_redirect?code=abc&state={state}")
    assert (page.status, page.title) == (400, "This link cannot be used")
    assert len(town.stage.slack.called("oauth.v2.access")) == 0


async def test_a_link_from_somebody_elses_browser_gets_nowhere(town: Town) -> None:
    team = town.neighbour()
    back = await town.browser.decide(await town.browser.set_out(), team)
    async with browsing(town.stage) as other:
        assert (await other.get(back)).title == "This link cannot be used"
        await other.set_out()
        assert (await other.get(back)).title == "This link cannot be used"
    assert (await town.browser.get(back)).title == "Hunch is in Newcomers"


async def test_two_pages_can_be_open_in_one_browser(town: Town) -> None:
    pages = [await town.browser.set_out() for _ in range(2)]
    for page, name in zip(pages, ("One", "Two"), strict=True):
        back = await town.browser.decide(page, town.neighbour(name))
        assert (await town.browser.get(back)).title == f"Hunch is in {name}"


@pytest.mark.parametrize("code", ["", "two%20words", "x" * 600, "%00"])
async def test_what_is_no_code_is_not_shown_to_slack(town: Town, code: str) -> None:
    [state] = parse_qs(urlsplit(await town.browser.set_out()).query)["state"]
    page = await town.browser.get(f"/slack/oauth_redirect?code={code}&state={state}")
    assert (page.status, page.title) == (400, "Slack said no")
    assert town.refusals("no_code") == 1


@pytest.mark.parametrize(
    ("error", "title", "says"),
    [
        ("invalid_code", "Slack said no", "Slack's word for it: invalid_code."),
        ("code_already_used", "Slack said no", "code_already_used"),
        ("bad_client_secret", "Hunch is not set up right", "Copy it anew"),
        ("bad_redirect_uri", "Hunch is not set up right", "HUNCH_BASE_URL/slack/oauth_re"),
        ("<b>new", "Slack said no", "Slack's word for it: no."),
    ],
)
async def test_slacks_refusal_is_passed_on(town: Town, error: str, title: str, says: str) -> None:
    town.stage.slack.fail("error", "oauth.v2.access", error=error)
    page = await town.browser.install(town.neighbour())
    assert (page.status, page.title) == (400, title)
    assert says in page.text.replace("&#39;", "'")
    assert town.refusals("slack_refused") == 1


async def test_an_error_in_the_address_is_shown_as_a_word_only(town: Town) -> None:
    for error in ("unauthorized_client", "<script>alert(1)</script>"):
        [state] = parse_qs(urlsplit(await town.browser.set_out()).query)["state"]
        page = await town.browser.get(f"/slack/oauth_redirect?error={error}&state={state}")
        assert (page.status, page.title) == (400, "Slack said no")
        assert "<script" not in page.text
    assert town.refusals("slack_refused") == 2


@pytest.mark.parametrize("kind", ["http_500", "reset", "ratelimited"])
@pytest.mark.parametrize("method", ["oauth.v2.access", "auth.test"])
async def test_while_slack_is_away_nothing_is_changed(town: Town, kind: str, method: str) -> None:
    town.stage.slack.fail(kind, method)
    team = town.neighbour()
    page = await town.browser.install(team)
    assert (page.status, page.title) == (503, "Slack does not answer")
    assert await town.value(team, "SELECT count(*) FROM workspaces") == 0
    assert (await town.browser.install(team)).title == "Hunch is in Newcomers"


async def test_a_link_for_one_workspace_installs_no_other(town: Town) -> None:
    wanted, chosen = town.neighbour("Wanted"), town.neighbour("Chosen")
    page = await town.browser.install(chosen, query=f"?team={wanted}")
    assert (page.status, page.title) == (400, "That was another workspace")
    assert await town.value(chosen, "SELECT count(*) FROM workspaces") == 0
    page = await town.browser.install(wanted, query=f"?team={wanted}")
    assert page.title == "Hunch is in Wanted"


@asynccontextmanager
async def another_door(town: Town, oauth: Any, **facts: Any) -> AsyncIterator[str]:
    """The same Hunch behind a door of its own; the address of its first page."""
    app = replace(slack_app(town.stage.services.settings), **facts)
    inside = web.Application()
    InstallDoor(town.stage.services.desk, oauth, app).add_routes(inside)
    async with TestServer(inside) as server:
        yield str(server.make_url("/slack/install/begin"))


async def test_while_the_database_is_away_every_step_says_so(town: Town) -> None:
    class Away:
        """A database that nobody reaches."""

        @asynccontextmanager
        async def routing(self, *, name: str) -> AsyncIterator[None]:
            raise DatabaseAway(name)
            yield

    services = town.stage.services
    assert services.oauth is not None
    inside = web.Application()
    desk = replace(services.desk, db=cast(Database, Away()))
    InstallDoor(desk, services.oauth, slack_app(services.settings)).add_routes(inside)
    async with TestServer(inside) as server:
        for path in ("/slack/install/begin", "/slack/oauth_redirect?code=a&state=b"):
            page = await town.browser.get(str(server.make_url(path)))
            assert (page.status, page.title) == (503, "Hunch could not store this")
            assert page.headers["Retry-After"] == "30"
        first = await town.browser.get(str(server.make_url("/slack/install")))
    assert (first.status, town.refusals("not_stored")) == (200, 2)


async def test_the_last_page_leads_to_hunch_in_slack(town: Town) -> None:
    page = await town.browser.install(town.neighbour())
    assert page.title == "Hunch is in Newcomers"
    assert f"/app_redirect?app={town.app.id}&amp;team=T" in page.text
    assert "Open Hunch in Slack</a>" in page.text


async def installed_by(town: Town, oauth: Any, **facts: Any) -> Seen:
    async with another_door(town, oauth, **facts) as begin:
        out = (await town.browser.get(begin)).headers["Location"]
        back = await town.browser.decide(out, town.neighbour())
        return await town.browser.get(
            begin.replace("/install/begin", "/oauth_redirect?") + urlsplit(back).query
        )


async def test_a_token_of_another_app_is_not_kept(town: Town) -> None:
    page = await installed_by(town, town.stage.services.oauth, app_id="A0OTHER")
    assert (page.status, page.title) == (400, "Hunch is not set up right")
    assert town.refusals("other_app") == 1


async def test_a_token_of_another_workspace_than_it_says_is_not_kept(town: Town) -> None:
    oauth: Any = town.stage.services.oauth

    class Confused:
        """A Slack whose answers do not agree."""

        exchange = oauth.exchange

        async def owner(self, bot_token: str) -> TokenOwner:
            owner: TokenOwner = await oauth.owner(bot_token)
            return replace(owner, workspace_id=WorkspaceId("T0SOMEONE"))

    page = await installed_by(town, Confused())
    assert (page.status, page.title) == (400, "That was another workspace")
    assert town.refusals("other_workspace") == 1
    assert await town.routed("SELECT count(*) FROM workspace_routes") == 1


async def test_missing_scopes_are_told(town: Town) -> None:
    team = town.neighbour()
    page = await town.browser.set_out()
    less = page.replace("im%3Ahistory%2C", "").replace("im:history,", "")
    assert less != page
    told = await town.browser.get(await town.browser.decide(less, team))
    assert told.title == "Hunch is in Newcomers"
    assert "<li>im:history</li>" in told.text
    assert "hunch manifest" in told.text


async def test_installing_once_more_takes_the_newest_token(town: Town) -> None:
    team = town.neighbour()
    await town.browser.install(team)
    await plays(await town.stage_in(team))
    await town.browser.install(team)
    slack = await town.stage.services.slacks.for_workspace(WorkspaceId(team))
    await slack.test()
    assert (
        await town.value(
            team, "SELECT count(*) FROM audits WHERE action = 'workspace.token_changed'"
        )
        == 1
    )
    await plays(await town.stage_in(team))


async def test_who_installed_by_oauth_keeps_that_when_hunch_starts_with_a_token(
    town: Town,
) -> None:
    here = town.stage.workspace_id
    assert (await town.browser.install(here)).status == 200
    kept = await town.value(
        here, "SELECT ciphertext FROM secrets WHERE purpose = 'slack.bot_token'"
    )
    token = town.installation(here).bot_token
    settings = town.stage.services.settings
    fresh = settings.model_copy(update={"slack_bot_token": SecretStr(token)})
    assert await register_workspace(replace(town.stage.services, settings=fresh)) == here
    assert kept == await town.value(
        here, "SELECT ciphertext FROM secrets WHERE purpose = 'slack.bot_token'"
    )
    assert await town.value(here, "SELECT token_expires_at IS NOT NULL FROM workspaces")


async def test_a_dead_token_keeps_nobody_else_waiting(town: Town) -> None:
    await town.browser.install(town.stage.workspace_id)
    assert await register_workspace(town.stage.services) is None


async def test_without_a_client_id_there_is_no_such_door(database: TestDatabase) -> None:
    async with set_stage(database, roles=Roles.SERVE) as stage, browsing(stage) as browser:
        for path in ("/slack/install", "/slack/install/begin", "/slack/oauth_redirect"):
            assert (await browser.get(path)).status == 404
