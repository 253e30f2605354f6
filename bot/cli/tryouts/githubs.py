"""The GitHub to try: the company's organisation with its past, and Hunch's App, not installed yet."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from bot.settings import Settings
from bot.views.githubs import INSTALLED, LINKED
from playground.companies import Company
from playground.company import COMPANY, REPOSITORIES, TEAMS
from playground.github.founding import Founding, found_app, found_organisation
from playground.records import Installation, User
from playground.server import Playground

# About a thousand merged pull requests in all.
_PAST = (430, 380, 270)


def settle_github(
    slack: Playground, settings: Settings, home: Installation, company: Company | None
) -> dict[str, Any]:
    """Found what is not there yet; returns the settings that lead Hunch to it.

    Somebody's own GitHub App stays theirs: then nothing changes.
    """
    if settings.github_app_id is not None:
        return {}
    people = slack.state.people(home.team_id)
    founding = _small(people) if company is None else _generated(company, people)
    server = slack.github_server
    found_organisation(server.world, founding)
    app = found_app(
        server.world,
        owner=founding.login,
        hunch_url=settings.public_url,
        installed=INSTALLED,
        linked=LINKED,
    )
    return {
        "github_app_id": app.id,
        "github_private_key": SecretStr(app.private_key),
        "github_client_id": app.client_id,
        "github_client_secret": SecretStr(app.client_secret),
        "github_webhook_secret": SecretStr(app.webhook_secret),
        "github_api_url": server.api_url,
    }


def _small(people: list[User]) -> Founding:
    past = dict(zip(REPOSITORIES, _PAST, strict=True))
    return Founding(REPOSITORIES[0].partition("/")[0], COMPANY, people, TEAMS, past)


def _generated(company: Company, people: list[User]) -> Founding:
    """A generated company: its past is Hunch's already, so its repositories begin empty."""
    here = {one.github for one in people}
    teams = {
        team.name: [p.login for p in company.people if p.team == team.number and p.login in here]
        for team in company.teams
    }
    return Founding(
        company.slug, company.plan.name, people, teams, dict.fromkeys(company.repositories, 0)
    )
