"""The GitHub that `hunch run` brings along: there at once, the same after a restart, or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.cli.tryouts.githubs import settle_github
from bot.settings import Settings
from playground.companies.founding import company_of
from playground.company import COLLEAGUES, REPOSITORIES, found_company
from playground.github import GitHub, Hook
from playground.github.pulls import Pulls
from playground.server import Playground


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, port=3000)  # type: ignore[call-arg]


async def test_the_company_has_an_organisation_with_a_past_and_an_app_that_waits(
    settings: Settings,
) -> None:
    async with Playground.start() as slack:
        told = settle_github(slack, settings, found_company(slack.state), None)
        world = slack.github_server.world
        [app] = world.apps
        assert told["github_app_id"] == app.id
        assert told["github_api_url"] == slack.github_server.api_url
        assert app.webhook_url == "http://127.0.0.1:3000/webhooks/github"
        assert list(world.installations) == []
        members = world.organisation("nightjar-labs").members
        assert {one.github for one in COLLEAGUES} < set(members)
        assert members["amara-okafor"] == "admin"
        pasts = [Pulls(world, world.repository(name)) for name in REPOSITORIES]
        merged = sum(past.count(("MERGED",)) for past in pasts)
        assert 950 <= merged <= 1100
        authors = {pasts[0].find(number).author for number in range(1, 60)}
        people = {one for one in authors if not one.endswith("[bot]")}
        assert people <= {one.github for one in COLLEAGUES}
        assert pasts[0].find(430).updated_at <= world.now()


async def test_it_is_the_same_after_a_restart(settings: Settings, tmp_path: Path) -> None:
    kept = tmp_path / "playground.sqlite"
    async with Playground.start(path=kept) as slack:
        first = settle_github(slack, settings, found_company(slack.state), None)
        world = slack.github_server.world
        one = await slack.github_server.owners.install(next(iter(world.apps)), "nightjar-labs")
        await slack.github_server.owners.rename(world.repository(REPOSITORIES[0]), "sales")
        token = world.add_token("dfuentes", "nightjar-labs")
    async with Playground.start(path=kept) as slack:
        moved = settings.model_copy(update={"port": 3001})
        second = settle_github(slack, moved, found_company(slack.state), None)
        same = first.keys() - {"github_api_url"}
        assert {key: first[key] for key in same} == {key: second[key] for key in same}
        world = slack.github_server.world
        assert next(iter(world.apps)).webhook_url == "http://127.0.0.1:3001/webhooks/github"
        assert world.installations[one.key] == one
        assert world.tokens[token.value] == token
        assert Pulls(world, world.repository("nightjar-labs/sales")).count() == 430


async def test_a_generated_companys_people_and_teams_are_there_too(settings: Settings) -> None:
    async with Playground.start() as slack:
        company, home = company_of(slack.state, "tiny", today=date(2026, 11, 1))
        settle_github(slack, settings, home, company)
        world = slack.github_server.world
        here = {one.github for one in slack.state.people(home.team_id) if one.github}
        assert here <= set(world.organisation(company.slug).members)
        assert {one.name for one in world.teams} == {one.name for one in company.teams}
        assert {one.full_name for one in world.repositories} == set(company.repositories)
        assert company.repositories[0].startswith(f"{company.slug}/")


async def test_somebodys_own_github_app_stays_theirs(settings: Settings) -> None:
    own = settings.model_copy(
        update={"github_app_id": 7, "github_private_key": SecretStr("their key")}
    )
    async with Playground.start() as slack:
        assert settle_github(slack, own, found_company(slack.state), None) == {}
        assert list(slack.github_server.world.apps) == []


async def test_the_webhook_goes_on_until_the_app_takes_over(
    settings: Settings, unused_tcp_port: int
) -> None:
    async with Playground.start() as slack:
        settle_github(slack, settings, found_company(slack.state), None)
        server = slack.github_server
        nowhere = f"http://127.0.0.1:{unused_tcp_port}/"
        hook = Hook(nowhere, "its secret")
        github = GitHub(slack.state, hook, teller=server.telling)
        await github.open(REPOSITORIES[0], "dfuentes")
        assert len(github.deliveries) == 1
        assert list(server.world.deliveries) == []
        app = next(iter(server.world.apps))
        app.webhook_url = nowhere
        await server.owners.install(app, "nightjar-labs")
        pr = await github.open(REPOSITORIES[0], "dfuentes")
        assert pr.number == 432
        told = [one.event for one in server.world.deliveries]
        assert told == ["installation", "pull_request"]
        assert len(github.deliveries) == 2
