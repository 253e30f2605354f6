"""What everybody has seen: the unread marks beside channels, threads and people.

A reader's mark for a channel is the newest message they saw there; each thread has its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.records import Channel, Message
from playground.state import State

_KIND = "seen"


def only_in_thread(message: Message) -> bool:
    """Whether a message is only to be read in its thread."""
    return message.is_reply and not message.broadcast


def unread_in(state: State, channel: Channel, user: str) -> int:
    """Count the messages others posted there since this person looked; replies apart."""
    seen = seen_until(state, channel, user)
    newer = _newer(state, channel, seen)
    return sum(1 for message in newer if message.user != user and not only_in_thread(message))


def unread_replies(state: State, channel: Channel, root_ts: str, user: str) -> int:
    """Count a thread's replies by others since this person looked into it."""
    seen = seen_until(state, channel, user, thread=root_ts)
    newer = (one for one in _newer(state, channel, seen) if one.thread_ts == root_ts)
    return sum(1 for message in newer if message.user != user and message.is_reply)


def unread_threads(state: State, channel: Channel, user: str) -> int:
    """Count the replies somebody has not seen in threads they are part of."""
    roots = {one.thread_ts for one in _newer(state, channel, "") if one.is_reply}
    mine = (root for root in roots if user in _participants(state, channel, root))
    return sum(unread_replies(state, channel, root, user) for root in mine)


def seen_until(state: State, channel: Channel, user: str, *, thread: str = "") -> str:
    """Return the time stamp up to which somebody has seen a channel or one of its threads."""
    marks = state.documents.get((_KIND, f"{channel.team_id}/{user}"), {})
    return str(marks.get(f"{channel.id}/{thread}" if thread else channel.id, ""))


def mark_seen(state: State, channel: Channel, user: str, *, thread: str = "") -> None:
    """Take down that somebody looked; tells nobody if nothing was new."""
    newest = next(_newer(state, channel, ""), None)
    if newest is None or seen_until(state, channel, user, thread=thread) >= newest.ts:
        return
    key = f"{channel.team_id}/{user}"
    mark = f"{channel.id}/{thread}" if thread else channel.id
    known = {**state.documents.get((_KIND, key), {}), mark: newest.ts}
    state.put_document(_KIND, key, known)


def _participants(state: State, channel: Channel, root: str) -> set[str]:
    everything = state.messages.get((channel.team_id, channel.id), {})
    there = {one.user for one in everything.values() if one.thread_ts == root}
    started = everything.get(root)
    asked = {channel.user} if channel.is_im else set()
    return there | asked | ({started.user} if started else set())


def _newer(state: State, channel: Channel, seen: str) -> Iterator[Message]:
    messages = state.messages.get((channel.team_id, channel.id), {})
    for message in reversed(messages.values()):
        if message.ts <= seen:
            return
        yield message
