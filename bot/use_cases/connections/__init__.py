"""What a workspace is connected to: webhooks, GitHub Apps' installations, tokens; and how it stands."""

from bot.use_cases.connections.githubs import (
    CHECK,
    TOKEN,
    Installed,
    TokenOf,
    claimed_installation,
    connect_app,
    connect_installation,
    connect_token,
    find,
    find_installation,
    follow_installation,
    list_githubs,
    look_again,
    read_token,
)
from bot.use_cases.connections.hooks import Hook, connect_webhook, find_hook, still_leads
from bot.use_cases.connections.listing import describe, list_connections
from bot.use_cases.connections.troubles import TELL, settle, tell

__all__ = [
    "CHECK",
    "TELL",
    "TOKEN",
    "Hook",
    "Installed",
    "TokenOf",
    "claimed_installation",
    "connect_app",
    "connect_installation",
    "connect_token",
    "connect_webhook",
    "describe",
    "find",
    "find_hook",
    "find_installation",
    "follow_installation",
    "list_connections",
    "list_githubs",
    "look_again",
    "read_token",
    "settle",
    "still_leads",
    "tell",
]
