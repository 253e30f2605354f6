"""Emoji that people and bots put under messages."""

from __future__ import annotations

from playground.records import Message
from playground.state import State


def react(state: State, message: Message, name: str, user: str) -> bool:
    """Put somebody's emoji under a message; says whether it was not there yet."""
    users = message.reactions.setdefault(name, [])
    if user in users:
        return False
    users.append(user)
    state.touch_message(message, "message.reacted")
    return True


def unreact(state: State, message: Message, name: str, user: str) -> bool:
    """Take somebody's emoji away; says whether it was there."""
    users = message.reactions.get(name, [])
    if user not in users:
        return False
    users.remove(user)
    if not users:
        del message.reactions[name]
    state.touch_message(message, "message.reacted")
    return True
