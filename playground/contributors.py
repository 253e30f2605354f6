"""A workspace made of the people of a real repository: for trying the app with one's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from playground.companies.founding import CHANNELS
from playground.records import Installation
from playground.state import State

_KIND = "contributors"
_REPOSITORY = "repository"
# So that there is somebody to review, whoever works on it alone.
_COMPANY = (("Robin Tester", "robin-tester"), ("Sam Tester", "sam-tester"))


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody who worked on it."""

    real_name: str
    login: str


def found_around(state: State, full_name: str, contributors: Sequence[Contributor]) -> Installation:
    """The workspace around a repository (`owner/name`), founded at the first call.

    Its people are the contributors, the first of them its admin; new pull requests on the page are
    opened in that repository.
    """
    there = state.documents.get((_KIND, full_name))
    if there is not None:
        return state.installations[there["team"], there["app"]]
    owner, _, name = full_name.rpartition("/")
    team_id = state.add_workspace(name or owner, domain=_handle(full_name)).id
    taken: set[str] = set()
    extras = [Contributor(*one) for one in _COMPANY][: max(0, 3 - len(contributors))]
    people = []
    for place, one in enumerate([*contributors, *extras]):
        handle = _free(_handle(one.real_name.split()[0]), taken)
        first = place == 0
        user = state.add_user(
            team_id,
            handle,
            real_name=one.real_name,
            github=one.login,
            email=f"{handle}@example.com",
            is_admin=first,
            is_owner=first,
        )
        people.append(user.id)
    app = next(iter(state.apps.values()), None) or state.add_app("Hunch")
    installation = state.install(app, team_id)
    for channel in CHANNELS:
        state.add_channel(team_id, channel, members=[*people, installation.bot_user])
    state.put_document(_REPOSITORY, team_id, {"full_name": full_name})
    state.put_document(_KIND, full_name, {"team": team_id, "app": app.id})
    return installation


def repository_of(state: State, team_id: str) -> str | None:
    """The repository a workspace was founded around; None for other workspaces."""
    document = state.documents.get((_REPOSITORY, team_id))
    return str(document["full_name"]) if document else None


def _handle(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or "somebody"


def _free(handle: str, taken: set[str]) -> str:
    number = 1
    while (free := handle if number == 1 else f"{handle}{number}") in taken:
        number += 1
    taken.add(free)
    return free
