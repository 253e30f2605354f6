"""What one person sees at one place of the workspace: the values behind the page's template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.github import GitHub
from playground.page.blocks import Values, tools
from playground.page.names import Names
from playground.page.unread import unread_in, visible_channels
from playground.people import Person
from playground.pull_requests import PullRequest, Sign
from playground.records import Channel, Message, Notice, User
from playground.server import Playground

HOME, MESSAGES = "home", "messages"
_SHOWN = 100
_NOTICES_SHOWN = 3
_PULL_REQUESTS_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader is: the app's Home, its messages, or a channel."""

    key: str
    title: str
    channel: Channel | None = None

    @property
    def is_app(self) -> bool:
        """Whether this belongs to the app."""
        return self.key in (HOME, MESSAGES)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the sidebar, or a face of the rail."""

    key: str
    name: str
    unread: int
    current: bool
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A message as the reader sees it; `day` is set on the first of a day."""

    message: Message
    author: User | None
    day: str
    values: Values


class Screen:
    """One person at one place."""

    def __init__(self, slack: Playground, github: GitHub, person: Person, place: str) -> None:
        self.slack = slack
        self.github = github
        self.person = person
        self.me = person.user
        self.names = Names(slack.state, person.team_id, self.me.tz)
        self.place = self._place(place)

    def _place(self, key: str) -> Place:
        app = self.app_user.real_name
        if key == HOME:
            return Place(HOME, app)
        if key == MESSAGES:
            dm = self.slack.state.dm_of(self.person.installation, self.me.id)
            return Place(MESSAGES, app, dm)
        channel = self.slack.state.channels[self.person.team_id, key]
        if self.me.id not in channel.members or channel.is_im:
            raise LookupError(key)
        return Place(key, channel.name, channel)

    @property
    def app_user(self) -> User:
        """The app's bot."""
        return self.slack.state.users[self.person.team_id, self.person.installation.bot_user]

    def context(self) -> dict[str, Any]:
        """Return everything the template names."""
        place = self.place
        return {
            **tools(self.names),
            "workspace": self.slack.state.workspaces[self.person.team_id],
            "me": self.me,
            "app": self.app_user,
            "command": next(iter(self.slack.state.apps[self.person.installation.app_id].commands)),
            "place": place,
            "faces": self._faces(),
            "channels": self._channels(),
            "app_unread": self._from_app(self.me),
            "lines": self._lines(),
            "unseen": bool(place.channel and self._unread(place.channel)),
            "home": self.person.home if place.key == HOME else None,
            "modal": self.person.modal,
            "errors": self._errors(),
            "notices": self._notices(),
            "hint": ("hint", self.person.team_id) not in self.slack.state.documents,
            **self._github(),
        }

    def _faces(self) -> list[Entry]:
        return [
            Entry(one.name, one.real_name, self._from_app(one), one.id == self.me.id, one)
            for one in self._colleagues()
        ]

    def _from_app(self, user: User) -> int:
        """Count what the app wrote to somebody who has not looked yet."""
        dm = self.slack.state.dm_of(self.person.installation, user.id)
        return unread_in(self.slack.state, dm, user.id) if dm else 0

    def _colleagues(self) -> list[User]:
        everybody = self.slack.state.people(self.person.team_id)
        return [one for one in everybody if not one.is_bot and not one.deleted]

    def _channels(self) -> list[Entry]:
        return [
            Entry(one.id, one.name, self._unread(one), one.id == self.place.key)
            for one in visible_channels(self.slack.state, self.person.team_id, self.me.id)
            if not one.is_im
        ]

    def _unread(self, channel: Channel) -> int:
        return unread_in(self.slack.state, channel, self.me.id)

    def _lines(self) -> list[Line]:
        channel = self.place.channel
        if channel is None:
            return []
        posted = self.slack.state.history(channel.team_id, channel.id)[-_SHOWN:]
        mine = [one for one in self.person.ephemerals if one.channel == channel.id]
        found = sorted([*posted, *mine], key=lambda message: message.ts)
        days = ["", *(self.names.day_of(one.ts) for one in found)]
        return [
            Line(one, self.names.user(one.user), day if day != before else "", self._values(one))
            for one, before, day in zip(found, days, days[1:], strict=False)
        ]

    def _values(self, message: Message) -> Values:
        where = f"{message.channel}/{message.ts}"
        return self.slack.modals.entered_in(self.person.team_id, self.me.id, where)

    def _errors(self) -> dict[str, str]:
        return self.slack.modals.errors.get((self.person.team_id, self.me.id), {})

    def _notices(self) -> list[Notice]:
        """Return what Slack itself told the reader and they have not dismissed, newest last."""
        key = f"{self.person.team_id}/{self.me.id}"
        closed = self.slack.state.documents.get(("notices", key), {}).get("closed_at", 0.0)
        mine = (self.person.team_id, self.me.id)
        told = [one for one in self.slack.state.notices if (one.team_id, one.user) == mine]
        return [one for one in told if one.at > closed][-_NOTICES_SHOWN:]

    def _github(self) -> dict[str, Any]:
        with_github = [one for one in self._colleagues() if one.github]
        newest = self.github.pull_requests()[::-1]
        return {
            "ready": self.github.hook is not None,
            "developers": with_github,
            "by_login": {one.github: one for one in with_github},
            "pull_requests": newest[:_PULL_REQUESTS_SHOWN],
            "signs": _SIGNS,
            "verdicts": verdicts,
        }


_SIGNS = (
    (Sign.NONE, "None: nobody can tell"),
    (Sign.BRANCH_HEAD, "The branch name"),
    (Sign.BODY_MARKER, "A line in the description"),
    (Sign.AGENT_ACCOUNT, "Opened by an agent's account"),
    (Sign.SERVICE_BOT, "A service bot's update (no survey)"),
)


def verdicts(pr: PullRequest) -> list[tuple[str, str]]:
    """Return each reviewer's latest verdict, as (login, state)."""
    latest = {one.reviewer: one.state for one in pr.reviews}
    return list(latest.items())
