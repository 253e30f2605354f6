"""An admin sets the game up: on or off, reveals, the leaderboard's place and time, budgets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.members import Member
from bot.domain.workspaces import Game, mistakes
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases.members import require_member
from bot.use_cases.surveys import look_later
from storage import audits, games, surveys

_CONCERN_OPEN_SURVEYS = ("switched_on_at", "reveals_on", "daily_budget", "weekly_budget")


async def require_admin(tx: Transaction, slack_user_id: str) -> Member:
    """The member, if they may set Hunch up. Raises UserError otherwise."""
    member = await _admin(tx, slack_user_id)
    if member is None:
        raise UserError("Only workspace admins can change this. Please ask one of them.")
    return member


async def require_onlooker(tx: Transaction, slack_user_id: str) -> Member:
    """The member, if they may see what only admins see. Raises UserError otherwise."""
    member = await _admin(tx, slack_user_id)
    if member is None:
        raise UserError("Only workspace admins can see this. Please ask one of them.")
    return member


async def _admin(tx: Transaction, slack_user_id: str) -> Member | None:
    member = await require_member(tx, slack_user_id)
    return member if member.is_admin and not member.departed else None


async def read(tx: Transaction) -> Game:
    """The workspace's settings as they are."""
    return await games.get(tx)


async def switch(tx: Transaction, slack_user_id: str, *, on: bool, now: datetime) -> Game:
    """Switch the game on (merges count from now) or off; twice the same changes nothing."""
    game = await games.get(tx)
    if (game.switched_on_at is not None) is on:
        return game
    return await change(tx, slack_user_id, now=now, switched_on_at=now if on else None)


async def change(tx: Transaction, slack_user_id: str, *, now: datetime, **changes: Any) -> Game:
    """Change settings, effective at once and audited.

    Raises UserError when the person is no admin or a value makes no sense.
    """
    admin = await require_admin(tx, slack_user_id)
    game = await games.get(tx)
    changed = _sensible(replace(game, **changes))
    if changed != game:
        await games.save(tx, changed, now=now)
        said = {name: str(value) for name, value in changes.items()}
        actor = str(admin.member_id)
        await audits.add(tx, "game.changed", actor=actor, subject="game", now=now, details=said)
        await _take_effect(tx, game, changed, now=now)
    return changed


def _sensible(game: Game) -> Game:
    wrong = sorted(mistakes(game))
    if "timezone" in wrong:
        raise UserError(
            "I don't know that timezone. Try for example Europe/Berlin or America/New_York."
        )
    if wrong:
        names = ", ".join(name.replace("_", " ") for name in wrong)
        raise UserError(f"That does not work for: {names}. Nothing was changed.")
    return game


async def _take_effect(tx: Transaction, before: Game, after: Game, *, now: datetime) -> None:
    """Look again at what is open: it may now be sent, revealed, or neither."""
    if any(getattr(before, name) != getattr(after, name) for name in _CONCERN_OPEN_SURVEYS):
        for survey_id in await surveys.all_open(tx):
            look_later(tx, survey_id, now=now)
