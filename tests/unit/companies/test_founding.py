"""A generated company in the playground: its people are there, the same ones at every start."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from playground.companies import Company, PullRequest
from playground.companies.founding import company_of
from playground.server import Playground

TODAY = date(2026, 11, 20)


async def test_everybody_who_works_there_today_is_in_slack_with_their_login() -> None:
    async with Playground.start() as slack:
        company, installation = company_of(slack.state, "small", today=TODAY)
        people = [u for u in slack.state.people(installation.team_id) if not u.is_bot]
        here = {person.login: person for person in company.here_on(365)}
        assert {user.github for user in people} == set(here)
        assert [user.is_admin for user in people].count(True) == 1
        assert {here[user.github].tz for user in people} == {user.tz for user in people}
        board = slack.state.find_channel(installation.team_id, "ai-detectives")
        assert installation.bot_user in board.members


async def test_a_restart_later_finds_the_same_company_with_the_same_history(
    tmp_path: Path,
) -> None:
    path = tmp_path / "playground.sqlite"

    def first(company: Company) -> PullRequest:
        return next(iter(company.pull_requests()))

    async with Playground.start(path=path) as slack:
        company, before = company_of(slack.state, "tiny", today=TODAY)
    async with Playground.start(path=path) as slack:
        again, after = company_of(slack.state, "tiny", today=TODAY + timedelta(days=9))
        assert (again.plan, first(again)) == (company.plan, first(company))
        assert (after.team_id, after.bot_token) == (before.team_id, before.bot_token)
        assert len(slack.state.workspaces) == 1


async def test_its_history_ends_yesterday() -> None:
    async with Playground.start() as slack:
        company, _ = company_of(slack.state, "12", today=TODAY)
        newest = max(pr.opened_at for pr in company.pull_requests())
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    assert midnight - timedelta(days=4) < datetime.fromtimestamp(newest, UTC) < midnight


async def test_companies_of_different_sizes_stand_side_by_side() -> None:
    async with Playground.start() as slack:
        for size in ("tiny", "small", "7"):
            company_of(slack.state, size, today=TODAY)
        names = [workspace.name for workspace in slack.state.workspaces.values()]
        assert names == ["Fernweh Studio", "Fernweh Works", "Fernweh 7"]
        assert len(slack.state.apps) == 1


@pytest.mark.parametrize("size", ["huge", "4", "5001", "", "-5"])
async def test_a_size_no_company_has_is_refused(size: str) -> None:
    async with Playground.start() as slack:
        with pytest.raises(ValueError):  # noqa: PT011  (its text is the caller's)
            company_of(slack.state, size, today=TODAY)
        assert slack.state.workspaces == {}
