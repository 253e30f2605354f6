"""Looks at one survey and brings everything about it up to date: what is sent, revealed, closed.

Looking is idempotent and the only way a survey's messages change: after a merge, an approval, a
click, a changed setting, or when a time has come. The rows say what is true; this says what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot.domain.budgets import TIME_TO_ANSWER, first_room
from bot.domain.ids import MemberId, PartId, SurveyId
from bot.domain.members import Member, can_be_asked
from bot.domain.pull_requests import PullRequest
from bot.domain.surveys import (
    Guess,
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
    def expired(self) -> bool:
        return self.now >= self.survey.expires_at

    @property
    def counts(self) -> bool:
        """Whether the game is on, and was when this was merged."""
        on, merged_at = self.game.switched_on_at, self.pr.merged_at
        return on is not None and merged_at is not None and merged_at > on


async def look(tx: Transaction, survey_id: SurveyId, *, now: datetime) -> None:
    """Bring the survey's parts, messages and reveals up to date."""
    survey = await surveys.lock(tx, survey_id)
    if survey is None or survey.state != "open":
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
    """Ask whoever's time has come; put off, or leave out, whom it no longer suits."""
    waiting = [kept for kept in parts if kept.part.state is PartState.WAITING]
    if scene.expired or not waiting:
        return list(parts)
    rooms = await _rooms(tx, scene, waiting)
    return [await _send_or_wait(tx, scene, kept, rooms) for kept in parts]


async def _rooms(
    tx: Transaction, scene: Scene, waiting: Sequence[KeptPart]
) -> dict[MemberId, datetime | None]:
    """When each may be asked, seen from now: quiet hours or a snooze may have changed since.

    Left out are those who may not be asked at all any more.
    """
    people = (scene.people[kept.part.member_id] for kept in waiting)
    asked = [member for member in people if can_be_asked(member) and scene.counts]
    loads = await read_loads(tx, asked, now=scene.now, but=scene.survey.survey_id)
    return {
        load.member_id: first_room(
            load,
            now=scene.now,
            expires_at=scene.survey.expires_at,
            daily=scene.game.daily_budget,
            weekly=scene.game.weekly_budget,
        )
        for load in loads
    }


async def _send_or_wait(
    tx: Transaction, scene: Scene, kept: KeptPart, rooms: Mapping[MemberId, datetime | None]
) -> KeptPart:
    part, now = kept.part, scene.now
    if part.state is not PartState.WAITING:
        return kept
    if part.member_id not in rooms:
        return _left_out(kept)
    room = rooms[part.member_id]
    # Where there is none, a snooze may yet end or a place become free.
    send_at = room or scene.survey.expires_at - TIME_TO_ANSWER
    if send_at > now:
        look_later(tx, scene.survey.survey_id, now=now, at=send_at)
        return replace(kept, send_at=send_at)
    if room is None:
        return _left_out(kept)
    introduces = await members.introduce(tx, part.member_id, now=now)
    part = replace(part, state=PartState.ASKED, sent=True)
    return replace(kept, part=part, asked_at=now, send_at=now, introduces=introduces)


def _left_out(kept: KeptPart) -> KeptPart:
    return replace(kept, part=replace(kept.part, state=PartState.CLOSED))


def _reveal(scene: Scene, parts: Sequence[KeptPart]) -> list[KeptPart]:
    """Reveal every guess whose author has answered; a new sign of AI voids the others."""
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
            part = replace(part, guessable=False, outcome=_voided(part))
        case NotYet() | Private():
            pass
        case never:
            assert_never(never)
    return replace(kept, part=part)


def _voided(part: Part) -> Outcome | None:
    """Only a guess that would have been scored can be void; the others need not hear of it."""
    return Outcome.VOID if part.guess in (Guess.YES, Guess.NO) else None


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
        if new.part.sent and not member.departed and not _was_over(scene, old):
            await _show(tx, scene, member, new)


def _was_over(scene: Scene, kept: KeptPart) -> bool:
    """A question that was taken back has said so; the expiry is no news there."""
    return scene.expired and kept.part.state is PartState.CLOSED


async def _show(tx: Transaction, scene: Scene, member: Member, kept: KeptPart) -> None:
    await show_part(tx, scene.pr, scene.survey, member, kept, game=scene.game, now=scene.now)
    await show_reveal(tx, scene.pr, kept, now=scene.now)
