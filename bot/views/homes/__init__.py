"""The App Home: everybody's own corner, and the controls of those who run the game."""

from __future__ import annotations

from bot.views import blocks
from bot.views.homes.admins import AdminHome, ClaimView, ParkedView, UnlinkedView, admin_blocks
from bot.views.homes.dialogs import (
    claim_dialog,
    connect_dialog,
    notice_dialog,
    timezone_dialog,
    token_dialog,
)
from bot.views.homes.members import LinkView, MemberHome, OpenSurvey, member_blocks

__all__ = [
    "AdminHome",
    "ClaimView",
    "LinkView",
    "MemberHome",
    "OpenSurvey",
    "ParkedView",
    "UnlinkedView",
    "claim_dialog",
    "connect_dialog",
    "home",
    "notice_dialog",
    "strangers_home",
    "timezone_dialog",
    "token_dialog",
]


def strangers_home() -> blocks.View:
    """The Home of somebody whom we do not know yet."""
    told = "I don't know you yet. I read new people from Slack within the hour; please come back."
    return blocks.home([blocks.header("Hello!"), blocks.section(told)])


def home(member: MemberHome, admin: AdminHome | None = None) -> blocks.View:
    """One person's Home; with `admin` also what only admins see and change."""
    controls = admin_blocks(admin) if admin is not None else []
    return blocks.home([*member_blocks(member), *controls])
