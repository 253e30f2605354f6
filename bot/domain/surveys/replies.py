"""What a click changes: one reply applied to one part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from bot.domain.ids import PartId, SlackUserId
from bot.domain.surveys.parts import (
    AiAnswer,
    Guess,
    Part,
    PartState,
    Rating,
    Rework,
    Tool,
)


@dataclass(frozen=True, slots=True)
class RateIt:
    part_id: PartId
    slack_user_id: SlackUserId
    rating: Rating


@dataclass(frozen=True, slots=True)
class GuessIt:
    part_id: PartId
    slack_user_id: SlackUserId
    guess: Guess


@dataclass(frozen=True, slots=True)
class AnswerIt:
    part_id: PartId
    slack_user_id: SlackUserId
    answer: AiAnswer


@dataclass(frozen=True, slots=True)
class NameTool:
    part_id: PartId
    slack_user_id: SlackUserId
    tool: Tool


@dataclass(frozen=True, slots=True)
class SayRework:
    part_id: PartId
    slack_user_id: SlackUserId
    rework: Rework


@dataclass(frozen=True, slots=True)
class SetReveal:
    part_id: PartId
    slack_user_id: SlackUserId
    ok: bool


Reply = RateIt | GuessIt | AnswerIt | NameTool | SayRework | SetReveal


_USED_AI = (AiAnswer.HELPED, AiAnswer.WROTE)


class WhyRefused(StrEnum):
    CLOSED = "closed"
    ALREADY_REVEALED = "already_revealed"
    RATING_IS_FINAL = "rating_is_final"
    RATE_FIRST = "rate_first"
    NO_GUESS_HERE = "no_guess_here"
    NOT_YOUR_QUESTION = "not_your_question"
    ANSWER_FIRST = "answer_first"


@dataclass(frozen=True, slots=True)
class Applied:
    part: Part


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The part says so already."""


@dataclass(frozen=True, slots=True)
class Refused:
    reason: WhyRefused


def apply(part: Part, reply: Reply, *, survey_open: bool) -> Applied | Unchanged | Refused:
    """Apply one reply; the same reply twice is Unchanged the second time.

    Whether the clicking Slack user is the part's own is for the caller to check. Answer, guess
    and rating are final after the reveal; the tool, the rework and the reveal choice (for those
    not revealed to yet) stay open until the survey closes, because the reveal often follows the
    author's answer at once. Saying "no" forgets tool and rework.
    """
    if not _is_asked(part, reply):
        return Refused(WhyRefused.NOT_YOUR_QUESTION)
    if not survey_open or part.state is PartState.CLOSED:
        return Refused(WhyRefused.CLOSED)
    changed = _changed(part, reply)
    if changed == part:
        return Unchanged()
    reason = _objection(part, reply)
    return Applied(changed) if reason is None else Refused(reason)


def _is_asked(part: Part, reply: Reply) -> bool:
    if isinstance(reply, RateIt | GuessIt):
        return part.asks_a_reviewer
    return part.asks_the_author


def _changed(part: Part, reply: Reply) -> Part:
    match reply:
        case RateIt():
            return replace(part, rating=reply.rating)
        case GuessIt():
            return replace(part, guess=reply.guess)
        case AnswerIt():
            return _answered(part, reply.answer)
        case NameTool():
            return replace(part, tool=reply.tool)
        case SayRework():
            return replace(part, rework=reply.rework)
        case SetReveal():
            return replace(part, reveal_ok=reply.ok)
        case _:
            assert_never(reply)


def _answered(part: Part, answer: AiAnswer) -> Part:
    if answer is AiAnswer.NO:
        return replace(part, answer=answer, tool=None, rework=None)
    return replace(part, answer=answer)


def _objection(part: Part, reply: Reply) -> WhyRefused | None:
    if isinstance(reply, RateIt):
        return _objection_to_rating(part)
    if isinstance(reply, GuessIt):
        return _objection_to_guess(part)
    if isinstance(reply, AnswerIt):
        return _objection_if_final(part)
    is_detail = isinstance(reply, NameTool | SayRework)
    return WhyRefused.ANSWER_FIRST if is_detail and part.answer not in _USED_AI else None


def _objection_if_final(part: Part) -> WhyRefused | None:
    return WhyRefused.ALREADY_REVEALED if part.state is PartState.FINAL else None


def _objection_to_rating(part: Part) -> WhyRefused | None:
    guessed = WhyRefused.RATING_IS_FINAL if part.guess is not None else None
    return _objection_if_final(part) or guessed


def _objection_to_guess(part: Part) -> WhyRefused | None:
    if not part.guessable:
        return WhyRefused.NO_GUESS_HERE
    if part.rating is None:
        return WhyRefused.RATE_FIRST
    return _objection_if_final(part)
