"""A channel's or a thread's messages as one person sees them: days, what is new, replies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from playground.page.blocks import Values
from playground.page.names import Names
from playground.page.unread import only_in_thread, unread_replies
from playground.page.viewers import Viewer
from playground.records import Channel, Message, User
from playground.streams import state_of

PAGE = 30
_FACES_OF_A_THREAD = 4


@dataclass(frozen=True, slots=True)
class Replies:
    """A thread in short, under the message that began it."""

    count: int
    unread: int
    latest: str
    people: list[User]


@dataclass(frozen=True, slots=True)
class Line:
    """A message as the reader sees it.

    `day` is set on the first of a day, `is_new` on the first since they were last here; `follows`
    says that the same person wrote just before. `stream` is `in_progress` while it grows, `status`
    what the agent is doing in its thread.
    """

    message: Message
    author: User | None
    day: str
    is_new: bool
    follows: bool
    values: Values
    replies: Replies | None = None
    stream: str = ""
    status: str = ""

    @property
    def at(self) -> str:
        """What names this message to the server."""
        return f"{self.message.channel}/{self.message.ts}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """What there is to read, oldest first; `earlier` messages are not shown yet."""

    lines: list[Line] = field(default_factory=list)
    earlier: int = 0


_FOLLOWS_WITHIN_S = 300


class Reader:
    """Reads channels for one person."""

    def __init__(self, viewer: Viewer, names: Names, new_since: str) -> None:
        self._viewer = viewer
        self._state = viewer.slack.state
        self._names = names
        self._new_since = new_since

    def channel(self, channel: Channel, most: int) -> Conversation:
        """Return a channel's newest messages, at most that many."""
        history = self._state.messages.get((channel.team_id, channel.id), {}).values()
        threads: dict[str, list[Message]] = defaultdict(list)
        roots = []
        for one in history:
            if one.is_reply:
                threads[one.thread_ts].append(one)
            if not only_in_thread(one):
                roots.append(one)
        whispered = [one for one in self._viewer.ephemerals(channel) if not one.is_reply]
        found = sorted([*roots[-most:], *whispered], key=lambda one: one.ts)
        lines = list(self._lines(channel, found, threads))
        return Conversation(lines, max(0, len(roots) - most))

    def thread(self, channel: Channel, root_ts: str) -> Conversation:
        """Return a thread, the message that began it first; raises LookupError without one."""
        history = self._state.messages.get((channel.team_id, channel.id), {})
        replies = [one for one in history.values() if one.thread_ts == root_ts and one.is_reply]
        whispered = [one for one in self._viewer.ephemerals(channel) if one.thread_ts == root_ts]
        root = history.get(root_ts)
        if root is None and not replies:
            raise LookupError(root_ts)
        found = sorted([*replies, *whispered], key=lambda one: one.ts)
        return Conversation(list(self._lines(channel, [root, *found] if root else found, {})))

    def _lines(
        self, channel: Channel, found: Sequence[Message], threads: dict[str, list[Message]]
    ) -> Iterator[Line]:
        before, day_before, announced = None, "", False
        for one in found:
            day = self._names.day_of(one.ts)
            is_new = not announced and self._is_new(one)
            announced = announced or is_new
            yield Line(
                one,
                self._names.user(one.user),
                day if day != day_before else "",
                is_new,
                day == day_before and not is_new and _follows(one, before),
                self._values(one),
                self._replies(channel, one, threads.get(one.ts, [])),
                state_of(one, self._state.clock.now()),
                self.status(channel, one.ts),
            )
            before, day_before = one, day

    def status(self, channel: Channel, root_ts: str) -> str:
        """Return what the agent says it is doing in a thread; "" for nothing."""
        return self._state.agents.status_of(channel.team_id, channel.id, root_ts)

    def _is_new(self, message: Message) -> bool:
        since = self._new_since
        return bool(since) and message.ts > since and message.user != self._viewer.user.id

    def _values(self, message: Message) -> Values:
        where = f"{message.channel}/{message.ts}"
        modals = self._viewer.slack.modals
        return modals.entered_in(self._viewer.team_id, self._viewer.user.id, where)

    def _replies(
        self, channel: Channel, root: Message, replies: Sequence[Message]
    ) -> Replies | None:
        if not replies:
            return None
        people = dict.fromkeys(one.user for one in reversed(replies))
        known = [user for one in people if (user := self._names.user(one))]
        unread = unread_replies(self._state, channel, root.ts, self._viewer.user.id)
        return Replies(len(replies), unread, replies[-1].ts, known[:_FACES_OF_A_THREAD])


def _follows(message: Message, before: Message | None) -> bool:
    """Whether a message needs no name and face of its own."""
    if before is None or message.ephemeral_to or before.ephemeral_to:
        return False
    near = float(message.ts) - float(before.ts) < _FOLLOWS_WITHIN_S
    plain = not (message.blocks or message.broadcast)
    return near and plain and message.user == before.user
