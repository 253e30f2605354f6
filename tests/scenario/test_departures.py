"""Workspaces that take Hunch out: forgotten at once, kept for a while, purged, or back again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import permutations
from typing import Any

import pytest
import pytest_asyncio

from bot.app import Roles
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent
from bot.use_cases import connections, installs
from tests.databases import TestDatabase
from tests.doors import click_of, happen, interact
from tests.scenario.install_support import Town, plays, set_town
from tests.stage import Stage

UNINSTALLED = {"type": "app_uninstalled"}
_TOKENS = "SELECT count(*) FROM secrets WHERE purpose LIKE 'slack.%'"
_HOOKS = "SELECT count(*) FROM secrets WHERE purpose LIKE 'github.%'"
_LEFT = "SELECT uninstalled_at IS NOT NULL FROM workspace_routes WHERE workspace_id = $1"


def revoked(town: Town, team: str) -> dict[str, Any]:
    bot = town.installation(team).bot_user
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot]}}


@pytest_asyncio.fixture
async def town(database: TestDatabase) -> AsyncIterator[Town]:
    async with set_town(database, http=True) as town:
        yield town


@pytest_asyncio.fixture
async def team(town: Town) -> WorkspaceId:
    """A workspace in which the game is on."""
    team = WorkspaceId(town.neighbour())
    assert (await town.browser.install(team)).status == 200
    return team


@pytest_asyncio.fixture
async def there(town: Town, team: WorkspaceId) -> Stage:
    return await town.stage_in(team)


def uninstall_silently(town: Town, team: str) -> None:
    """Slack takes Hunch out; the news of it comes later, or never."""
    events, town.app.events = town.app.events, []
    town.stage.slack.uninstall(team)
    town.app.events = events


async def has_left(town: Town, team: str) -> bool:
    return bool(await town.routed(_LEFT, team))


async def until_left(town: Town, there: Stage) -> None:
    await there.until_row(f"{_LEFT.replace('$1', repr(there.workspace_id))}")


async def test_tokens_go_at_once_and_everything_else_stays(town: Town, there: Stage) -> None:
    await plays(there)
    town.stage.slack.uninstall(there.workspace_id)
    await until_left(town, there)
    assert await there.value(_TOKENS) == 0
    assert await there.value(_HOOKS) == 1
    assert await there.value("SELECT count(*) FROM parts") == 2
    with pytest.raises(Permanent, match="uninstalled"):
        await town.stage.services.slacks.for_workspace(there.workspace_id)
    await plays(town.stage)


@pytest.mark.parametrize("order", list(permutations("ura", 3)))
async def test_the_news_may_come_in_any_order_and_again(
    town: Town, team: WorkspaceId, order: tuple[str, ...]
) -> None:
    news = {"u": UNINSTALLED, "r": revoked(town, team), "a": UNINSTALLED}
    uninstall_silently(town, team)
    for letter in order:
        assert (await happen(town.stage, news[letter], team_id=team)).status == 200
    assert await has_left(town, team)
    assert await town.value(team, _TOKENS) == 0
    left = "SELECT count(*) FROM audits WHERE action = 'workspace.uninstalled'"
    assert await town.value(team, left) == 1
    assert not await has_left(town, town.stage.workspace_id)


async def test_a_persons_own_token_is_none_of_ours(town: Town, team: WorkspaceId) -> None:
    person = {"type": "tokens_revoked", "tokens": {"oauth": [town.person(team).id], "bot": []}}
    for event in (person, {"type": "tokens_revoked"}, {"type": "tokens_revoked", "tokens": "all"}):
        assert (await happen(town.stage, event, team_id=team)).status == 200
    assert not await has_left(town, team)


async def test_news_of_an_earlier_installation_end_no_later_one(
    town: Town, team: WorkspaceId
) -> None:
    uninstall_silently(town, team)
    await town.browser.install(team)
    for event in (UNINSTALLED, revoked(town, team)):
        assert (await happen(town.stage, event, team_id=team)).status == 200
    assert not await has_left(town, team)
    assert town.stage.services.desk.refusals.by_reason["slack", "late_goodbye"] == 2
    await plays(await town.stage_in(team))


async def test_while_slack_does_not_say_whether_it_is_so_it_is_asked_to_come_again(
    town: Town, team: WorkspaceId
) -> None:
    town.stage.slack.fail("http_500", "auth.test")
    assert (await happen(town.stage, UNINSTALLED, team_id=team)).status == 503
    assert not await has_left(town, team)
    uninstall_silently(town, team)
    assert (await happen(town.stage, UNINSTALLED, team_id=team)).status == 200
    assert await has_left(town, team)


async def test_news_from_nowhere_are_acknowledged(town: Town) -> None:
    for team in ("T0NOBODY", "", None, "x"):
        for event in (UNINSTALLED, {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}):
            assert (await happen(town.stage, event, team_id=team)).status == 200
    assert await town.routed("SELECT count(*) FROM workspace_routes") == 1


async def test_whoever_still_clicks_is_acknowledged_and_counted(town: Town, there: Stage) -> None:
    click = click_of(there, "person1", "member.stop")
    assert (await interact(town.stage, click)).status == 200
    uninstall_silently(town, there.workspace_id)
    await happen(town.stage, UNINSTALLED, team_id=there.workspace_id)
    assert (await interact(town.stage, click)).status == 200
    assert town.stage.services.desk.refusals.by_reason["slack", "not_installed"] == 1


async def test_its_webhook_is_closed_at_once(town: Town, there: Stage) -> None:
    assert await there.deliver("ping", {}) == 202
    town.stage.slack.uninstall(there.workspace_id)
    await until_left(town, there)
    assert await there.deliver("ping", {}) == 404
    assert (await town.browser.install(there.workspace_id)).status == 200
    assert await there.deliver("ping", {}) == 202


async def test_who_left_is_swept_and_heard_no_more(town: Town, there: Stage) -> None:
    db, vault = town.stage.services.store.database, town.stage.services.vault
    key = (there.github.hook.url if there.github.hook else "").rpartition("/")[2]
    assert await connections.find_hook(db, key, vault=vault) is not None
    uninstall_silently(town, there.workspace_id)
    await happen(town.stage, UNINSTALLED, team_id=there.workspace_id)
    assert await installs.list_workspaces(db) == [town.stage.workspace_id]
    assert await connections.find_hook(db, key, vault=vault) is None
    town.stage.slack.calls.clear()
    for job in ("housekeeping.sweep", "members.sync_all", "leaderboards.due"):
        await town.stage.run_job(job)
    assert {call.team_id for call in town.stage.slack.calls} == {town.stage.workspace_id}


async def test_who_comes_back_in_time_goes_on_where_it_stopped(town: Town, there: Stage) -> None:
    town.stage.slack.fail("ratelimited", "chat.postMessage", times=None, retry_after_s=3000)
    await there.merge("person1", "person2")
    await there.until_row(
        "SELECT count(*) = 2 FROM outbox WHERE state = 'pending' AND due_at > now()"
    )
    uninstall_silently(town, there.workspace_id)
    await happen(town.stage, UNINSTALLED, team_id=there.workspace_id)
    assert await there.value("SELECT array_agg(DISTINCT reason) FROM outbox") == ["uninstalled"]

    town.stage.slack.faults.clear()
    # What Slack asked us to wait for it asked of the installation before.
    await there.rows("DELETE FROM slack_budgets")
    assert (await town.browser.install(there.workspace_id)).status == 200
    await there.until_dm("person1", "Was this PR AI-assisted?")
    await there.until_dm("person2", "How good is it?")
    await town.stage.quiet()
    assert await there.value("SELECT count(*) FROM outbox WHERE state = 'parked'") == 0
    assert await there.value("SELECT count(*) FROM github_links") == 3
    await plays(await town.stage_in(there.workspace_id))
    assert len(there.person("person1").messages) == 2


async def test_a_message_on_its_way_while_hunch_is_taken_out_is_parked(
    database: TestDatabase,
) -> None:
    async with set_town(database, http=True, roles=Roles.SERVE) as town:
        team = WorkspaceId(town.neighbour())
        await town.browser.install(team)
        uninstall_silently(town, team)
        await happen(town.stage, UNINSTALLED, team_id=team)
        with pytest.raises(Permanent, match="uninstalled"):
            await town.stage.services.tokens.renew(team, "xoxb-old", "account_inactive")
