"""Trying Hunch with one's own repository: its people in Slack, its past in Hunch."""

from __future__ import annotations

from bot.app.services import Services
from bot.cli.imports import import_clone
from bot.domain.ids import WorkspaceId
from bot.integrations.git import Clone
from playground.contributors import Contributor, found_around
from playground.records import Installation
from playground.state import State

_MOST_PEOPLE = 12


def settle_around(state: State, clone: Clone) -> Installation:
    """The workspace of the clone's busiest people. Raises UserError where git fails."""
    people = [Contributor(*one) for one in clone.people().busiest(_MOST_PEOPLE)]
    return found_around(state, clone.origin.full_name, people)


async def bring_past(services: Services, workspace_id: WorkspaceId, clone: Clone) -> None:
    """What merged before, while the page is open already."""
    await import_clone(services, workspace_id, clone)
