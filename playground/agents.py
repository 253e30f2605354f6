"""What agents show beside their messages: a status, a title, prompts to choose from, a session.

https://docs.slack.dev/ai/ and https://docs.slack.dev/reference/methods/assistant.threads.setStatus
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from playground.clock import Clock
from playground.feed import Feed
from playground.records import Json, Message

STATUS_LIFE_S = 120.0
SESSION_STATES = ("active", "processing", "suspended", "closed")


@dataclass(slots=True)
class AgentThread:
    """What an agent shows in a thread, or ("" as `thread_ts`) in a conversation as a whole.

    `prompts` are what a person can choose to send; `session` is one of `SESSION_STATES`.
    """

    team_id: str
    channel: str
    thread_ts: str
    status: str = ""
    status_at: float = 0.0
    loading_messages: list[str] = field(default_factory=list)
    title: str = ""
    prompts: list[Json] = field(default_factory=list)
    prompts_title: str = ""
    session: str = ""

    @property
    def key(self) -> str:
        """What it is kept under."""
        return f"{self.team_id}/{self.channel}/{self.thread_ts}"


class Agents:
    """All agents' threads; `keep` writes a changed one down."""

    def __init__(self, clock: Clock, feed: Feed, keep: Callable[[AgentThread], None]) -> None:
        self._clock = clock
        self._feed = feed
        self._keep = keep
        self._known: dict[str, AgentThread] = {}

    def remember(self, thread: AgentThread) -> None:
        """Take a thread up, from disk."""
        self._known[thread.key] = thread

    def of(self, team_id: str, channel: str, thread_ts: str = "") -> AgentThread:
        """Return what the agent shows there; empty if nothing."""
        fresh = AgentThread(team_id, channel, thread_ts)
        return self._known.get(fresh.key, fresh)

    def threads(self, team_id: str, channel: str) -> list[AgentThread]:
        """Return everything agents show in a conversation."""
        return [
            one for one in self._known.values() if (one.team_id, one.channel) == (team_id, channel)
        ]

    def put(self, thread: AgentThread) -> AgentThread:
        """Store and show what changed."""
        self.remember(thread)
        self._keep(thread)
        self._feed.publish(
            "agent.changed", thread.team_id, channel=thread.channel, thread_ts=thread.thread_ts
        )
        return thread

    def status_of(self, team_id: str, channel: str, thread_ts: str) -> str:
        """Return the status that people see; it fades after two minutes."""
        thread = self.of(team_id, channel, thread_ts)
        faded = self._clock.now() - thread.status_at > STATUS_LIFE_S
        return "" if faded else thread.status

    def fade(self, thread: AgentThread) -> None:
        """Take a status away whose time is over; a newer one stays."""
        if thread.status and self._clock.now() - thread.status_at > STATUS_LIFE_S:
            thread.status, thread.loading_messages = "", []
            self.put(thread)

    def answered(self, message: Message) -> None:
        """The app said something in the thread, so its status goes away."""
        thread = self.of(message.team_id, message.channel, message.thread_ts)
        if thread.status:
            thread.status, thread.loading_messages = "", []
            self.put(thread)
