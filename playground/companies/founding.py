"""Brings a generated company into the playground: its workspace, people and channels, with the
app installed as by an admin."""

from __future__ import annotations

from datetime import date

from playground.companies import SIZES, Company, CompanyPlan, Person, generate
from playground.records import Installation, User
from playground.state import State

CHANNELS = ("general", "engineering", "ai-detectives")
_NAMES = {"tiny": "Fernweh Studio", "small": "Fernweh Works", "large": "Fernweh Systems"}
_KIND = "company"
_YEAR = 365


def company_of(state: State, size: str, *, today: date) -> tuple[Company, Installation]:
    """The company of that size (`tiny`, `small`, `large` or a number of people) in the playground.

    It is founded with a year of history up to `today`, and the same one at every later call.
    Raises ValueError for a size no company has.
    """
    there = state.documents.get((_KIND, size))
    if there is None:
        there = _found(state, size, today=today)
    plan = _plan(size, starts_on=date.fromisoformat(there["starts_on"]))
    return generate(plan), state.installations[there["team"], there["app"]]


def _plan(size: str, *, starts_on: date) -> CompanyPlan:
    people = SIZES[size] if size in SIZES else int(size)
    name = _NAMES.get(size, f"Fernweh {people}")
    return CompanyPlan(seed=people, name=name, people=people, starts_on=starts_on, days=_YEAR)


def _found(state: State, size: str, *, today: date) -> dict[str, str]:
    start = CompanyPlan().until(today, days=_YEAR).starts_on
    company = generate(_plan(size, starts_on=start))
    team_id = state.add_workspace(company.plan.name, domain=company.slug).id
    here = company.here_on(_YEAR)
    people = [_hire(state, team_id, company, person) for person in here]
    first = people[0]
    first.is_admin = first.is_owner = True
    state.put_user(first)
    app = next(iter(state.apps.values()), None) or state.add_app("Hunch")
    installation = state.install(app, team_id)
    members = [*(user.id for user in people), installation.bot_user]
    for name in CHANNELS:
        state.add_channel(team_id, name, members=list(members))
    facts = {"team": team_id, "app": app.id, "starts_on": start.isoformat()}
    state.put_document(_KIND, size, facts)
    return facts


def _hire(state: State, team_id: str, company: Company, person: Person) -> User:
    return state.add_user(
        team_id,
        person.name,
        real_name=person.real_name,
        tz=person.tz,
        github=person.login,
        email=f"{person.name}@{company.slug}.example",
    )
