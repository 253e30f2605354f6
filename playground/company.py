"""The small company that a newcomer finds in the playground."""

from __future__ import annotations

from dataclasses import dataclass

from playground.records import Installation, User
from playground.state import State


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works at the company."""

    name: str
    real_name: str
    tz: str
    github: str
    is_admin: bool = False


COMPANY = "Nightjar Labs"

COLLEAGUES = (
    Colleague("amara", "Amara Okafor", "Europe/London", "amara-okafor", is_admin=True),
    Colleague("jonas", "Jonas Lindqvist", "Europe/Stockholm", "jlindqvist"),
    Colleague("layla", "ليلى حداد", "Asia/Amman", "layla-haddad"),
    Colleague("siyuan", "陈思远", "Asia/Shanghai", "chensiyuan"),
    Colleague("priya", "Priya Raman", "Asia/Kolkata", "priyaraman"),
    Colleague("diego", "Diego Fuentes 🌵", "America/Mexico_City", "dfuentes"),
    Colleague("zoe", "Zoë O'Brien-Castañeda", "America/New_York", "zoe-obc"),
    Colleague("tomasz", "Tomasz Wiśniewski", "Europe/Warsaw", "twisniewski"),
)

CHANNELS = ("general", "engineering", "ai-detectives")

REPOSITORIES = ("nightjar-labs/orders", "nightjar-labs/web", "nightjar-labs/infra")

TEAMS = {
    "Checkout": ["amara-okafor", "jlindqvist", "layla-haddad", "priyaraman"],
    "Platform": ["chensiyuan", "dfuentes", "zoe-obc", "twisniewski"],
}


def found_company(state: State) -> Installation:
    """Set the company up with the app installed, or return the one that is there already.

    The first start makes ids, tokens and secrets at random; they are kept with the state.
    """
    there = next(iter(state.installations.values()), None)
    if there is not None:
        return there
    team_id = state.add_workspace(COMPANY).id
    people = [_hire(state, team_id, colleague) for colleague in COLLEAGUES]
    installation = state.install(state.add_app("Hunch"), team_id)
    members = [*(user.id for user in people), installation.bot_user]
    for name in CHANNELS:
        state.add_channel(team_id, name, members=list(members))
    return installation


def _hire(state: State, team_id: str, colleague: Colleague) -> User:
    return state.add_user(
        team_id,
        colleague.name,
        real_name=colleague.real_name,
        tz=colleague.tz,
        github=colleague.github,
        email=f"{colleague.name}@nightjar.example",
        is_admin=colleague.is_admin,
        is_owner=colleague.is_admin,
    )
