"""What one person sees at one place of a workspace: the values behind the page's template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.agents import AgentThread
from playground.page.blocks import tools
from playground.page.clocks import clock_of
from playground.page.conversations import PAGE, Conversation, Reader
from playground.page.names import Names
from playground.page.sidebars import Sidebar
from playground.page.switches import switches
from playground.page.unread import seen_until, unread_in, unread_replies
from playground.page.viewers import Viewer
from playground.pull_requests import PullRequest, Sign
from playground.records import Channel, Notice, User

if TYPE_CHECKING:
    from playground.page import Page

HOME, MESSAGES, PEOPLE = "home", "messages", "people"
_MOST_SHOWN = 2_000
_NOTICES_SHOWN = 3
_PULL_REQUESTS_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader is: the app's Home, its messages, the people, or a channel."""

    key: str
    title: str
    channel: Channel | None = None

    @property
    def is_app(self) -> bool:
        """Whether this belongs to the app."""
        return self.key in (HOME, MESSAGES)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says besides the place.

    `thread` is open at the side, `shown` messages are wanted, `since` is where "New" begins ("-":
    nowhere; "": wherever the reader's mark is), `words` look for people.
    """

    thread: str = ""
    shown: int = PAGE
    since: str = ""
    words: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        """Take an address's query apart; nonsense asks for nothing."""
        shown = query.get("shown", "")
        return cls(
            query.get("thread", ""),
            min(int(shown), _MOST_SHOWN) if shown.isdecimal() else PAGE,
            query.get("since", ""),
            query.get("words", "").strip(),
        )


class Screen:
    """One person at one place."""

    def __init__(self, viewer: Viewer, page: Page, place: str, asked: Asked) -> None:
        self._viewer = viewer
        self._page = page
        self._asked = asked
        self._state = viewer.slack.state
        self._names = Names(self._state, viewer.team_id, viewer.user.tz)
        self._place = self._find_place(place)
        self._sidebar = Sidebar(viewer, self._names, place)
        self._since = self._new_since()
        self._reader = Reader(viewer, self._names, self._since.removeprefix("-"))

    def _find_place(self, key: str) -> Place:
        if key in (HOME, MESSAGES):
            app = self._app_user()
            title = app.real_name if app else "Hunch"
            return Place(key, title, self._dm() if key == MESSAGES else None)
        if key == PEOPLE:
            return Place(key, "People")
        channel = self._state.channels[self._viewer.team_id, key]
        if self._viewer.user.id not in channel.members or channel.is_im:
            raise LookupError(key)
        return Place(key, channel.name, channel)

    def _app_user(self) -> User | None:
        there = self._viewer.installation
        return self._names.user(there.bot_user) if there else None

    def _dm(self) -> Channel | None:
        there = self._viewer.installation
        return self._state.dm_of(there, self._viewer.user.id) if there else None

    def _new_since(self) -> str:
        """Return where "New" begins: where the page says, or at the mark if something is new."""
        channel = self._place.channel
        if self._asked.since or channel is None:
            return self._asked.since or "-"
        me = self._viewer.user.id
        unread = unread_in(self._state, channel, me)
        return (seen_until(self._state, channel, me) or "0") if unread else "-"

    def context(self) -> dict[str, Any]:
        """Return everything the template names."""
        viewer, place, person = self._viewer, self._place, self._viewer.person
        return {
            **tools(self._names, viewer.user.id),
            "viewer": viewer,
            "workspace": viewer.workspace,
            "me": viewer.user,
            "place": place,
            "since": self._since,
            "talk": self._talk(),
            "status": self._status(),
            "home": person.home if person and place.key == HOME else None,
            "modal": person.modal if person else None,
            "errors": viewer.slack.modals.errors.get((viewer.team_id, viewer.user.id), {}),
            "notices": self._notices(),
            "hint": ("hint", viewer.team_id) not in self._state.documents,
            "clock": clock_of(viewer),
            "switches": switches(viewer.slack.faults),
            "install_url": self._page.install_url,
            "install_here": f"{self._page.install_url}/begin?team={viewer.team_id}",
            **self._app(),
            **self._left(),
            **self._thread(),
            **self._github(),
        }

    def _app(self) -> dict[str, Any]:
        there, user = self._viewer.installation, self._app_user()
        app = self._state.apps[there.app_id] if there else None
        is_dm = self._place.key == MESSAGES
        return {
            "app": user,
            "app_name": user.real_name if user else "Hunch",
            "command": app.commands[0] if app and app.commands else "/copilot",
            "writable": not (is_dm and (app is None or app.messages_tab_read_only)),
            "agent": self._agent() if is_dm else None,
        }

    def _agent(self) -> AgentThread | None:
        """Return what the agent suggests and does in the reader's conversation with it."""
        dm = self._dm()
        return self._state.agents.of(dm.team_id, dm.id) if dm else None

    def _left(self) -> dict[str, Any]:
        sidebar = self._sidebar
        return {
            "teams": sidebar.teams(),
            "faces": sidebar.faces(),
            "more_people": len(sidebar.colleagues),
            "found": sidebar.find_people(self._asked.words) if self._place.key == PEOPLE else [],
            "words": self._asked.words,
            "channels": sidebar.channels(),
            "app_unread": sidebar.from_app(self._viewer.user),
        }

    def _talk(self) -> Conversation:
        channel = self._place.channel
        return self._reader.channel(channel, self._asked.shown) if channel else Conversation()

    def _status(self) -> str:
        channel = self._place.channel
        return self._reader.status(channel, "") if channel else ""

    def _thread(self) -> dict[str, Any]:
        """Return the thread at the side; one that is gone is not shown."""
        channel, root = self._place.channel, self._asked.thread
        unseen = bool(channel and unread_in(self._state, channel, self._viewer.user.id))
        if channel is None or not root:
            return {"thread": None, "unseen": unseen}
        try:
            lines = self._reader.thread(channel, root)
        except LookupError:
            return {"thread": None, "unseen": unseen}
        return {
            "thread": lines,
            "thread_ts": root,
            "unseen": unseen,
            "thread_unseen": unread_replies(self._state, channel, root, self._viewer.user.id) > 0,
            "thread_title": self._state.agents.of(channel.team_id, channel.id, root).title,
            "thread_status": self._reader.status(channel, root),
        }

    def _notices(self) -> list[Notice]:
        """Return what Slack itself told the reader and they have not dismissed, newest last."""
        mine = (self._viewer.team_id, self._viewer.user.id)
        closed = self._state.documents.get(("notices", "/".join(mine)), {}).get("closed_at", 0.0)
        told = [one for one in self._state.notices if (one.team_id, one.user) == mine]
        return [one for one in told if one.at > closed][-_NOTICES_SHOWN:]

    def _github(self) -> dict[str, Any]:
        developers = self._sidebar.developers()
        github = self._page.github_of(self._viewer.team_id)
        newest = github.pull_requests()[::-1]
        return {
            "ready": github.hook is not None,
            "developers": developers,
            "by_login": {one.github: one for one in self._sidebar.colleagues if one.github},
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
