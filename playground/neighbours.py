"""Other small companies, to have several workspaces side by side."""

from __future__ import annotations

from dataclasses import dataclass

from playground.records import Workspace
from playground.state import State


@dataclass(frozen=True, slots=True)
class _Neighbour:
    name: str
    domain: str
    people: tuple[tuple[str, str, str], ...]


_NEIGHBOURS = (
    _Neighbour(
        "Kestrel Works",
        "kestrel-works",
        (
            ("ingrid", "Ingrid Solberg", "Europe/Oslo"),
            ("kwame", "Kwame Mensah", "Africa/Accra"),
            ("yuki", "Yuki Tanaka", "Asia/Tokyo"),
            ("lucia", "Lucía Romero", "Europe/Madrid"),
            ("ravi", "Ravi Iyer", "Asia/Kolkata"),
        ),
    ),
    _Neighbour(
        "Heron Studio",
        "heron-studio",
        (
            ("marta", "Marta Nowak", "Europe/Warsaw"),
            ("theo", "Théo Laurent", "Europe/Paris"),
            ("aisha", "Aisha Bello", "Africa/Lagos"),
            ("sam", "Sam Whitfield", "America/Chicago"),
            ("noor", "Noor Rahman", "Asia/Dhaka"),
        ),
    ),
)
_CHANNELS = ("general", "engineering")


def found_neighbours(state: State) -> Workspace:
    """Found the next company with its people and channels; no app is installed there."""
    there = {one.domain for one in state.workspaces.values()}
    free = [one for one in _NEIGHBOURS if one.domain not in there]
    if not free:
        raise LookupError("There are enough workspaces already.")
    return _found(state, free[0])


def _found(state: State, company: _Neighbour) -> Workspace:
    team = state.add_workspace(company.name, domain=company.domain)
    members = []
    for place, (name, real_name, tz) in enumerate(company.people):
        first = place == 0
        user = state.add_user(
            team.id,
            name,
            real_name=real_name,
            tz=tz,
            github=f"{name}-{company.domain}",
            email=f"{name}@{company.domain}.example",
            is_admin=first,
            is_owner=first,
        )
        members.append(user.id)
    for name in _CHANNELS:
        state.add_channel(team.id, name, members=list(members))
    return team
