"""What is at the left: the workspaces, the faces to be, and one person's conversations."""

from __future__ import annotations

from dataclasses import dataclass

from playground.page.names import Names
from playground.page.unread import unread_in, unread_threads
from playground.page.viewers import Viewer
from playground.records import Channel, User, Workspace
from playground.state import State

_FACES = 12
_FOUND = 60
_MAKING_PULL_REQUESTS = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the sidebar, or a face of the rail."""

    key: str
    name: str
    unread: int
    current: bool
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace of the rail; `address` leads to somebody's screen there."""

    workspace: Workspace
    address: str
    current: bool
    has_app: bool


class Sidebar:
    """The left side for one person at one place."""

    def __init__(self, viewer: Viewer, names: Names, place: str) -> None:
        self._viewer = viewer
        self._state: State = viewer.slack.state
        self._names = names
        self._place = place
        self.colleagues = [one for one in names.everybody if not one.is_bot and not one.deleted]

    def teams(self) -> list[Team]:
        """Return all workspaces that have people, each with its first person's screen."""
        found = []
        for workspace in self._state.workspaces.values():
            first = self._first(workspace.id)
            if first:
                here = workspace.id == self._viewer.team_id
                who = self._viewer.user.name if here else first.name
                found.append(
                    Team(
                        workspace,
                        f"/w/{workspace.id}/as/{who}/messages",
                        here,
                        self._has_app(workspace.id),
                    )
                )
        return found

    def _first(self, team_id: str) -> User | None:
        for (team, _), user in self._state.users.items():
            if team == team_id and not user.is_bot and not user.deleted:
                return user
        return None

    def _has_app(self, team_id: str) -> bool:
        return any(
            team == team_id and one.active for (team, _), one in self._state.installations.items()
        )

    def faces(self) -> list[Entry]:
        """Return the first people to be, the reader always among them."""
        shown = self.colleagues[:_FACES]
        if self._viewer.user not in shown:
            shown = [*shown[: _FACES - 1], self._viewer.user]
        return [self._face(one) for one in shown]

    def find_people(self, words: str) -> list[Entry]:
        """Return people by a part of their name or login; who has something unread first."""
        asked = words.casefold()
        found = [
            self._face(one)
            for one in self.colleagues
            if asked in f"{one.real_name} {one.name} {one.github}".casefold()
        ]
        return sorted(found, key=lambda one: -one.unread)[:_FOUND]

    def developers(self) -> list[User]:
        """Return whom the GitHub panel offers: the reader and the first others with a login."""
        me = self._viewer.user
        found = [one for one in self.colleagues if one.github][:_MAKING_PULL_REQUESTS]
        return found if me in found or not me.github else [me, *found]

    def _face(self, user: User) -> Entry:
        current = user.id == self._viewer.user.id
        return Entry(user.name, user.real_name, self.from_app(user), current, user)

    def from_app(self, user: User) -> int:
        """Count what the app wrote to somebody who has not looked yet."""
        installation = self._viewer.installation
        dm = self._state.dm_of(installation, user.id) if installation else None
        if dm is None:
            return 0
        return unread_in(self._state, dm, user.id) + unread_threads(self._state, dm, user.id)

    def channels(self) -> list[Entry]:
        """Return the channels the reader is in."""
        return [
            Entry(one.id, one.name, self.unread(one), one.id == self._place)
            for one in self._viewer.channels()
            if not one.is_im
        ]

    def unread(self, channel: Channel) -> int:
        """Count what the reader has not seen there."""
        me = self._viewer.user.id
        return unread_in(self._state, channel, me) + unread_threads(self._state, channel, me)
