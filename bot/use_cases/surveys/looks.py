"""Looks at one survey and brings everything about it up to date: what is sent, revealed, closed.

Looking is idempotent and the only way a survey's messages change: after a merge, an approval, a
click, a changed setting, or when a time has come. The rows say what is true; this says what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot.domain.budgets import first_room
from bot.domain.ids import MemberId, PartId, SurveyId
from bot.domain.members import Member, can_be_asked
from bot.domain.pull_requests import PullRequest
from bot.domain.surveys import (
    NotYet,
    Outcome,
    Part,
    PartState,
    Private,
    Revealed,
    Role,
    Void,
    at_expiry,
    reveal_for,
)
from bot.domain.workspaces import Game
from bot.ports import Transaction
from bot.use_cases.surveys.loads import read_loads
from bot.use_cases.surveys.messages import show_part, show_reveal
from bot.use_cases.surveys.wakes import look_later
from storage import games, members, pull_requests, surveys
from storage.surveys import KeptPart, Survey


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a look needs to know about one survey."""

    survey: Survey
    pr: PullRequest
    game: Game
    people: Mapping[MemberId, Member]
    now: datetime

    @property
    def open(self) -> bool:
        return self.survey.state == "open"

    @property
    def expired(self) -> bool:
        return self.open and self.now >= self.survey.expires_at


async def look(tx: Transaction, survey_id: SurveyId, *, now: datetime) -> None:
    """Bring the survey's parts, messages and reveals up to date."""
    survey = await surveys.lock(tx, survey_id)
    if survey is None or survey.state == "drawn_out":
        return
    before = await surveys.parts(tx, survey_id)
    scene = await _scene(tx, survey, before, now)
    after = _expire(scene, _reveal(scene, await _send_what_is_due(tx, scene, before)))
    if scene.expired:
        await surveys.close(tx, survey_id, now=now)
    await _keep_and_show(tx, scene, before, after)


async def _scene(
    tx: Transaction, survey: Survey, parts: Sequence[KeptPart], now: datetime
) -> Scene:
    pr = await pull_requests.get(tx, survey.repository_id, survey.number)
    assert pr is not None, "a survey's pull request is held by a foreign key"
    people = await members.some(tx, [kept.part.member_id for kept in parts])
    return Scene(survey, pr, await games.get(tx), people, now)


async def _send_what_is_due(
    tx: Transaction, scene: Scene, parts: Sequence[KeptPart]
) -> list[KeptPart]:
    """Ask whoever's time has come; put off whom it no longer suits."""
    sent = []
    for kept in parts:
        if kept.part.state is PartState.WAITING and scene.open and not scene.expired:
            kept = await _send_or_wait(tx, scene, kept)
        sent.append(kept)
    return sent


async def _send_or_wait(tx: Transaction, scene: Scene, kept: KeptPart) -> KeptPart:
    member = scene.people[kept.part.member_id]
    if not can_be_asked(member) or scene.game.switched_on_at is None:
        return kept
    if kept.send_at > scene.now:
        look_later(tx, scene.survey.survey_id, now=scene.now, at=kept.send_at)
        return kept
    room = await _room(tx, scene, member, kept.part.part_id)
    if room is None:
        return replace(kept, part=replace(kept.part, state=PartState.CLOSED))
    if room > scene.now:
        look_later(tx, scene.survey.survey_id, now=scene.now, at=room)
        return replace(kept, send_at=room)
    introduces = await members.introduce(tx, member.member_id, now=scene.now)
    part = replace(kept.part, state=PartState.ASKED, sent=True)
    return replace(kept, part=part, asked_at=scene.now, send_at=scene.now, introduces=introduces)


async def _room(tx: Transaction, scene: Scene, member: Member, part_id: PartId) -> datetime | None:
    """When it may be sent, seen from now: quiet hours or a snooze may have changed since."""
    (load,) = await read_loads(tx, [member], now=scene.now, but=part_id)
    return first_room(
        load,
        now=scene.now,
        expires_at=scene.survey.expires_at,
        daily=scene.game.daily_budget,
        weekly=scene.game.weekly_budget,
    )


def _reveal(scene: Scene, parts: Sequence[KeptPart]) -> list[KeptPart]:
    """Reveal every guess whose author has answered; a new sign of AI voids the others."""
    if not scene.open:
        return list(parts)
    author = next((kept.part for kept in parts if kept.part.asks_the_author), None)
    told = [_told(scene, author, kept) for kept in parts]
    if not any(kept.part.state is PartState.FINAL for kept in told):
        return told
    return [_final(kept) if kept.part.asks_the_author else kept for kept in told]


def _told(scene: Scene, author: Part | None, kept: KeptPart) -> KeptPart:
    part = kept.part
    if part.role is not Role.REVIEWER or part.state not in (PartState.WAITING, PartState.ASKED):
        return kept
    signals, on = scene.pr.signals, scene.game.reveals_on
    match reveal_for(author, part, signals=signals, reveals_on=on):
        case Revealed(outcome):
            part = replace(part, state=PartState.FINAL, outcome=outcome, revealed_at=scene.now)
        case Void():
            void = Outcome.VOID if part.guess is not None else None
            part = replace(part, guessable=False, outcome=void)
        case NotYet() | Private():
            pass
        case never:
            assert_never(never)
    return replace(kept, part=part)


def _final(kept: KeptPart) -> KeptPart:
    return replace(kept, part=replace(kept.part, state=PartState.FINAL))


def _expire(scene: Scene, parts: Sequence[KeptPart]) -> list[KeptPart]:
    if not scene.expired:
        return list(parts)
    outcomes = at_expiry([kept.part for kept in parts], signals=scene.pr.signals)
    return [_closed(kept, outcomes) for kept in parts]


def _closed(kept: KeptPart, outcomes: Mapping[PartId, Outcome]) -> KeptPart:
    part = kept.part
    if part.state is PartState.FINAL:
        return kept
    outcome = part.outcome or (outcomes.get(part.part_id) if part.guess is not None else None)
    return replace(kept, part=replace(part, state=PartState.CLOSED, outcome=outcome))


async def _keep_and_show(
    tx: Transaction, scene: Scene, before: Sequence[KeptPart], after: Sequence[KeptPart]
) -> None:
    for old, new in zip(before, after, strict=True):
        if new != old:
            await surveys.keep_part(tx, new)
        member = scene.people[new.part.member_id]
        if new.part.sent and not member.departed:
            await _show(tx, scene, member, new)


async def _show(tx: Transaction, scene: Scene, member: Member, kept: KeptPart) -> None:
    await show_part(tx, scene.pr, scene.survey, member, kept, game=scene.game, now=scene.now)
    await show_reveal(tx, scene.pr, kept, now=scene.now)
