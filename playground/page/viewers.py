"""Whose screen it is: one person of one workspace, with the app there or without."""

from __future__ import annotations

from dataclasses import dataclass

from playground.people import Person
from playground.records import Channel, Installation, Message, User, Workspace
from playground.server import Playground


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody in front of the page; `person` is None while the app is not in their workspace."""

    slack: Playground
    workspace: Workspace
    user: User
    person: Person | None

    @property
    def team_id(self) -> str:
        """The workspace."""
        return self.workspace.id

    @property
    def installation(self) -> Installation | None:
        """The app in this workspace, removed or not."""
        return self.person.installation if self.person else None

    @property
    def has_app(self) -> bool:
        """Whether the app is there and answers."""
        return self.installation is not None and self.installation.active

    @property
    def acting(self) -> Person:
        """The person towards the app; raises LookupError while there is none."""
        if self.person is None or not self.has_app:
            raise LookupError("Hunch is not installed in this workspace.")
        return self.person

    def channels(self) -> list[Channel]:
        """Return what they can read: their channels and their own direct messages."""
        return [
            channel
            for (team, _), channel in self.slack.state.channels.items()
            if team == self.team_id and self.user.id in channel.members
        ]

    def ephemerals(self, channel: Channel) -> list[Message]:
        """Return what only they can see there, oldest first."""
        mine = self.person.ephemerals if self.person else []
        return [one for one in mine if one.channel == channel.id]

    def address(self, place: str = "messages", *, name: str = "") -> str:
        """Return the page's address of a place, for them or for somebody else."""
        return f"/w/{self.team_id}/as/{name or self.user.name}/{place}"


def find_viewer(slack: Playground, team_id: str, who: str) -> Viewer:
    """Return a person at the page; raises LookupError for bots and strangers."""
    workspace = slack.state.workspaces[team_id]
    user = slack.state.find_user(team_id, who)
    if user.is_bot:
        raise LookupError("bots do not sit at the page")
    there = any(team == team_id for team, _ in slack.state.installations)
    person = slack.person(user.id, team_id=team_id) if there else None
    return Viewer(slack, workspace, user, person)
