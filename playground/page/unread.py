"""What everybody has seen: the unread marks beside channels and people."""

from __future__ import annotations

from collections.abc import Iterator

from playground.records import Channel, Message
from playground.state import State

_KIND = "seen"


def visible_channels(state: State, team_id: str, user: str) -> Iterator[Channel]:
    """Go through what somebody can read: their channels and their own direct messages."""
    for (team, _), channel in state.channels.items():
        if team == team_id and user in channel.members:
            yield channel


def unread_in(state: State, channel: Channel, user: str) -> int:
    """Count the messages others posted there since this person looked."""
    seen = _seen(state, channel.team_id, user).get(channel.id, "")
    return sum(1 for message in _newer(state, channel, seen) if message.user != user)


def mark_seen(state: State, channel: Channel, user: str) -> None:
    """Take down that somebody looked at a channel; tells nobody if nothing was new."""
    history = state.history(channel.team_id, channel.id)
    before = _seen(state, channel.team_id, user)
    if history and before.get(channel.id, "") < history[-1].ts:
        known = {**before, channel.id: history[-1].ts}
        state.put_document(_KIND, f"{channel.team_id}/{user}", known)


def _seen(state: State, team_id: str, user: str) -> dict[str, str]:
    return state.documents.get((_KIND, f"{team_id}/{user}"), {})


def _newer(state: State, channel: Channel, seen: str) -> Iterator[Message]:
    for message in reversed(state.history(channel.team_id, channel.id)):
        if message.ts <= seen:
            return
        yield message
