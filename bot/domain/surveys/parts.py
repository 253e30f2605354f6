"""What a survey asks of one person, and what they said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import MemberId, PartId, SurveyId


class Role(StrEnum):
    AUTHOR = "author"
    REVIEWER = "reviewer"
    COMBINED = "combined"
    """Author and approver in one person: both questions, no guess."""


class AiAnswer(StrEnum):
    """The author's answer to "Was this PR AI-assisted?"."""

    NO = "no"
    HELPED = "helped"
    WROTE = "wrote"


class Rating(StrEnum):
    COULD_BE_BETTER = "could_be_better"
    OK = "ok"
    SUPER = "super"


class Guess(StrEnum):
    YES = "yes"
    NO = "no"
    NO_IDEA = "no_idea"
    """Never scored, never revealed."""


class Tool(StrEnum):
    COPILOT = "copilot"
    CLAUDE_CODE = "claude_code"
    CURSOR = "cursor"
    CODEX = "codex"
    DEVIN = "devin"
    GEMINI = "gemini"
    JULES = "jules"
    OTHER = "other"


class Rework(StrEnum):
    NONE = "none"
    LITTLE = "little"
    MUCH = "much"


class PartState(StrEnum):
    WAITING = "waiting"
    """Not sent yet."""
    ASKED = "asked"
    FINAL = "final"
    """Revealed: the answer and the guess stand."""
    CLOSED = "closed"
    """Expired or withdrawn."""


class Outcome(StrEnum):
    """How a guess ended; only `right` and `wrong` are scored."""

    RIGHT = "right"
    WRONG = "wrong"
    UNRESOLVED = "unresolved"
    """A side never answered in time."""
    VOID = "void"
    """A visible sign of AI turned up before the reveal."""
    PRIVATE = "private"
    """The author chose not to reveal."""


@dataclass(frozen=True, slots=True)
class Part:
    """One person's share of a survey.

    `answer`, `reveal_ok`, `tool` and `rework` are the author's; `rating`, `guess`, `guessable`
    and `outcome` the reviewer's. `revealed_at` is aware UTC.
    """

    part_id: PartId
    survey_id: SurveyId
    member_id: MemberId
    role: Role
    guessable: bool = False
    state: PartState = PartState.WAITING
    answer: AiAnswer | None = None
    reveal_ok: bool = True
    tool: Tool | None = None
    rework: Rework | None = None
    rating: Rating | None = None
    guess: Guess | None = None
    outcome: Outcome | None = None
    revealed_at: datetime | None = None
    sent: bool = False

    @property
    def asks_the_author(self) -> bool:
        return self.role is not Role.REVIEWER

    @property
    def asks_a_reviewer(self) -> bool:
        return self.role is not Role.AUTHOR


def has_open_guess(part: Part, *, survey_open: bool) -> bool:
    """Tell whether the answer would spoil this part's guess: it can still be made or changed."""
    return survey_open and part.guessable and part.state in (PartState.WAITING, PartState.ASKED)
