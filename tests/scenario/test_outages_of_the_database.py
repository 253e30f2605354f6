"""While PostgreSQL is away nothing is acknowledged; when it is back, so are we."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.app import Roles
from tests.databases import TestDatabase
from tests.doors import click_of, command, happen, interact, knock
from tests.proxies import Gate, gated
from tests.stage import Stage, set_stage


@pytest_asyncio.fixture
async def gate_and_database(database: TestDatabase) -> AsyncIterator[tuple[Gate, TestDatabase]]:
    async with gated(database) as pair:
        yield pair


async def test_over_http_everything_is_answered_503_until_it_is_back(
    gate_and_database: tuple[Gate, TestDatabase],
) -> None:
    gate, database = gate_and_database
    async with set_stage(database, http=True, roles=Roles.SERVE) as stage:
        person = stage.person("person2")
        click = click_of(stage, "person2", "member.stop")
        opened = {"type": "app_home_opened", "user": person.id, "tab": "home"}
        await gate.shut()
        for _ in range(2):
            assert (await interact(stage, click)).status == 503
            assert (await happen(stage, opened)).status == 503
            assert (await command(stage, user_id=person.id, text="pause")).status == 503
            assert (await knock(f"{stage.base_url}/health/ready", method="GET")).status == 503
            assert await stage.deliver("ping", {}) == 503
        assert (await knock(f"{stage.base_url}/health/live", method="GET")).status == 200
        await gate.open()
        assert await stage.value("SELECT count(*) FROM members WHERE stopped_at IS NOT NULL") == 0
        assert (await interact(stage, click)).status == 200
        assert (await happen(stage, opened)).status == 200
        assert (await command(stage, user_id=person.id, text="resume")).status == 200
        assert (await knock(f"{stage.base_url}/health/ready", method="GET")).status == 200
        assert await stage.deliver("ping", {}) == 202


async def test_also_for_a_workspace_and_a_hook_that_were_not_asked_for_lately(
    gate_and_database: tuple[Gate, TestDatabase],
) -> None:
    gate, database = gate_and_database
    async with set_stage(database, http=True, roles=Roles.SERVE) as stage:
        await gate.shut()
        assert (await command(stage, user_id="U1")).status == 503
        assert await stage.deliver("ping", {}) == 503
        counted = stage.services.desk.refusals.by_reason
        assert counted["slack", "not_installed"] == 0
        assert counted["github", "unknown_hook"] == 0


async def test_over_socket_mode_a_tap_is_not_acknowledged_and_counts_when_tapped_again(
    gate_and_database: tuple[Gate, TestDatabase],
) -> None:
    gate, database = gate_and_database
    async with set_stage(database) as stage:
        await stage.merge("person1", "person2")
        asked = await stage.until_dm("person2", "How good is it?")
        person = stage.person("person2")
        await stage.quiet()
        await gate.shut()
        missed = await person.click(asked, "survey.rate.super")
        assert not missed.ok
        assert not (await person.command("/copilot", "pause")).ok
        await gate.open()
        assert await _ratings(stage) == []
        assert (await person.click(asked, "survey.rate.super")).ok
        assert await _ratings(stage) == [{"rating": "super"}]
        await stage.until_dm("person2", "Was it AI-assisted?", timeout_s=40)


async def _ratings(stage: Stage) -> list[dict[str, object]]:
    return await stage.rows("SELECT rating FROM parts WHERE rating IS NOT NULL")
