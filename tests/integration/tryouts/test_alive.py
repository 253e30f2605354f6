"""A generated company in `hunch run`: its past is there, its people merge, answer and are ranked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.app import Roles, Services, open_services, open_store, register_workspace, run_processes
from bot.cli import parser
from bot.cli.tryouts import Tryout, open_tryout
from bot.domain.ids import WorkspaceId
from bot.errors import SettingsError, UserError
from bot.settings import Settings
from playground.companies.players import Pace
from playground.records import Message
from tests.databases import TestDatabase
from tests.stage import free_port

HURRY = Pace(rush=400, rush_s=0.02, answer_s=0.02, command_after=3)


@pytest.fixture
def settings(database: TestDatabase, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=SecretStr(database.app_url),
        database_admin_url=SecretStr(database.admin_url),
        encryption_keys=(SecretStr(Fernet.generate_key().decode()),),
        data_dir=tmp_path,
        port=free_port(),
        playground_port=0,
    )


class Town:
    """A try-out with Hunch running in it."""

    def __init__(self, tryout: Tryout, services: Services) -> None:
        self.tryout = tryout
        self.services = services
        self.team = next(iter(tryout.slack.state.workspaces))

    async def value(self, statement: str) -> Any:
        db = self.services.store.database
        async with db.transaction(WorkspaceId(self.team), name="test") as tx:
            return await tx.fetchval(statement)

    async def until(self, statement: str, is_so: Callable[[Any], bool] = bool) -> Any:
        async with asyncio.timeout(60):
            while not is_so(found := await self.value(statement)):  # noqa: ASYNC110  (rows tell nobody)
                await asyncio.sleep(0.05)
        return found

    def boards(self) -> list[Message]:
        channel = self.tryout.slack.state.find_channel(self.team, "ai-detectives")
        return self.tryout.slack.state.history(self.team, channel.id)


@asynccontextmanager
async def town(settings: Settings, size: str | None, pace: Pace = HURRY) -> AsyncIterator[Town]:
    stop, ready = asyncio.Event(), asyncio.Event()
    async with (
        open_tryout(settings, size) as tryout,
        open_store(tryout.settings, time=tryout.time) as store,
        open_services(tryout.settings, store) as services,
    ):
        tryout.pace = pace
        await register_workspace(services)

        async def begin() -> None:
            assert (await tryout.begin(services)).startswith("http://127.0.0.1:")
            ready.set()

        running = asyncio.create_task(run_processes(services, Roles.ALL, stop, ready=begin))
        try:
            await ready.wait()
            yield Town(tryout, services)
        finally:
            await tryout.rest()
            stop.set()
            await running


async def test_people_are_asked_answer_guess_and_see_a_leaderboard(settings: Settings) -> None:
    async with town(settings, "small") as here:
        await here.tryout.slack.until(here.boards, timeout_s=60)
        live = "FROM parts p JOIN surveys s USING (workspace_id, survey_id) WHERE s.state = 'open'"
        await here.until(f"SELECT count(*) {live} AND p.answer IS NOT NULL")
        await here.until(f"SELECT count(*) {live} AND p.outcome IN ('right', 'wrong')")
        await here.until("SELECT count(*) FROM surveys WHERE state = 'closed'", lambda n: n > 100)
        [board] = here.boards()
        assert "in the last 12 weeks" in json.dumps(board.blocks)
        await here.tryout.slack.until(lambda: here.tryout.slack.state.homes, timeout_s=60)
        refused = [call.error for call in here.tryout.slack.calls if call.error == "ratelimited"]
        assert refused == []


async def test_the_next_start_goes_on_where_this_one_was(settings: Settings) -> None:
    def played(here: Town) -> int:
        kept = here.tryout.slack.state.documents.get(("company.past", here.team))
        return int(kept["played"]) if kept else 0

    async with town(settings, "tiny") as here:
        await here.tryout.slack.until(lambda: played(here) >= 2, timeout_s=60)
    stored = played(here)
    async with town(settings, "tiny", Pace(rush=0, later_s=3600)) as here:
        await here.tryout.slack.until(lambda: played(here) > stored, timeout_s=60)
        # Those that never were merged are passed over.
        assert played(here) < stored + 10
        merged = "SELECT count(*) - count(DISTINCT (repository_id, number)) FROM pull_requests"
        assert await here.value(merged) == 0


async def test_without_a_company_the_small_one_is_there_and_quiet(settings: Settings) -> None:
    async with town(settings, None) as here:
        [workspace] = here.tryout.slack.state.workspaces.values()
        assert workspace.name == "Nightjar Labs"
        assert await here.value("SELECT count(*) FROM github_links") == 8
        assert await here.value("SELECT count(*) FROM pull_requests") == 0


async def test_a_company_that_comes_second_has_its_own_address(settings: Settings) -> None:
    async with town(settings, None):
        pass
    async with open_tryout(settings, "tiny") as tryout:
        home = [
            team
            for team, one in tryout.slack.state.workspaces.items()
            if one.name != "Nightjar Labs"
        ]
        assert f"/w/{home[0]}/as/" in tryout._address()


async def test_beside_a_real_slack_no_company_is_made(settings: Settings) -> None:
    real = settings.model_copy(update={"slack_bot_token": SecretStr("xoxb-1")})
    words = parser().parse_args(["run", "--company", "large"])
    with pytest.raises(UserError, match=r"--company: .* leave --company away"):
        await words.command(real, words)


@pytest.mark.parametrize("size", ["huge", "3", "9999"])
async def test_a_size_no_company_has_is_named_with_what_to_say(
    settings: Settings, size: str
) -> None:
    with pytest.raises(SettingsError, match="HUNCH_COMPANY: say tiny, small, large, or a number"):
        async with open_tryout(settings, size):
            pass
