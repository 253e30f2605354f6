"""The survey as people see it: the author's questions, the reviewer's, and both in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.reveals import Score
from bot.domain.surveys import AiAnswer, Guess, Outcome, Part, PartState, Rating, Rework, Role, Tool
from bot.views import members
from bot.views.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    checkbox,
    context,
    divider,
    message,
    section,
    select,
)
from bot.views.pull_requests import PullRequestView, heading, titled
from bot.views.reveals import outcome_line, spoiled
from bot.views.texts import day

NOTICE = "Reviewers who guess will learn whether you said AI or not"
ANSWERS = {
    AiAnswer.NO: "No",
    AiAnswer.HELPED: "AI helped",
    AiAnswer.WROTE: "AI wrote most of it",
}
RATINGS = {Rating.COULD_BE_BETTER: "Could be better", Rating.OK: "OK", Rating.SUPER: "Super"}
GUESSES = {Guess.YES: "I think so", Guess.NO: "I don't think so", Guess.NO_IDEA: "No idea"}
TOOLS = {
    Tool.COPILOT: "GitHub Copilot",
    Tool.CLAUDE_CODE: "Claude Code",
    Tool.CURSOR: "Cursor",
    Tool.CODEX: "Codex",
    Tool.DEVIN: "Devin",
    Tool.GEMINI: "Gemini",
    Tool.JULES: "Jules",
    Tool.OTHER: "Another tool",
}
REWORKS = {
    Rework.NONE: "No rework",
    Rework.LITTLE: "A little rework",
    Rework.MUCH: "A lot of rework",
}


_HOW_GOOD = "*How good is it?*"


class Ending(StrEnum):
    """Why a survey takes no more answers."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SurveyDm:
    """All that one person's message about one pull request depends on.

    `expires_at` is aware UTC, `timezone` the reader's. `introduce` for the very first message of
    all; `may_be_named` while the reader's name may appear on the leaderboard. `why_shown` is a
    clause to go after "because" when AI is plain to see, "" otherwise. `ending` is set once the
    survey is closed. `score` goes with a revealed guess.
    """

    pull_request: PullRequestView
    part: Part
    expires_at: datetime
    timezone: str = "UTC"
    introduce: bool = False
    may_be_named: bool = True
    why_shown: str = ""
    ending: Ending | None = None
    score: Score | None = None


_ROLES = {
    Role.AUTHOR: "You wrote it.",
    Role.REVIEWER: "You approved it.",
    Role.COMBINED: "You wrote and approved it.",
}


def survey_dm(dm: SurveyDm) -> Message:
    """The message as it should be now; it is updated in place from the first to the last."""
    intro = introduction(dm.may_be_named) if dm.introduce else []
    blocks = [*intro, *heading(dm.pull_request, _ROLES[dm.part.role])]
    if _is_over(dm):
        return message(f"Closed: {titled(dm.pull_request)}", [*blocks, *_closed(dm)])
    if dm.part.asks_the_author:
        blocks += _author_questions(dm)
    if dm.part.asks_a_reviewer:
        blocks += _reviewer_questions(dm)
    return message(_summary(dm), [*blocks, *_footer(dm)])


def introduction(may_be_named: bool) -> list[Block]:
    """Two lines on who sees what, for how long, and how to stop: for the very first message."""
    board = (
        "the best may be named on the weekly leaderboard"
        if may_be_named
        else "nobody is named without saying so"
    )
    return [
        section(
            "*Who sees what:* a reviewer who guesses learns whether the author said AI or not; "
            f"everything else is counted in groups, and {board}.\n"
            "*How long:* a survey is open for 7 days and counts for 12 weeks. "
            f"To {'stay unnamed or to ' if may_be_named else ''}stop, press a button below, any time."
        ),
        divider(),
    ]


def _summary(dm: SurveyDm) -> str:
    if dm.part.asks_the_author:
        return f"Was {titled(dm.pull_request)} AI-assisted?"
    return f"How good is {titled(dm.pull_request)}?"


def _is_over(dm: SurveyDm) -> bool:
    return dm.ending is not None or dm.part.state is PartState.CLOSED


def _id(part: Part, what: str) -> str:
    return f"part:{part.part_id}:{what}"


def _choice(part: Part, text: str, action_id: str, *, chosen: bool) -> Element:
    return button(text, action_id, value=str(part.part_id), chosen=chosen)


def _author_questions(dm: SurveyDm) -> list[Block]:
    part = dm.part
    blocks = [section("*Was this PR AI-assisted?*")]
    if part.state is PartState.FINAL:
        blocks.append(section(f"Your answer: {_answer(part)}."))
        blocks.append(context("A reviewer has learned it, so it is final."))
    else:
        blocks.append(
            actions(
                _id(part, "answer"),
                *(
                    _choice(part, text, f"survey.answer.{answer}", chosen=answer is part.answer)
                    for answer, text in ANSWERS.items()
                ),
            )
        )
    return [*blocks, *_reveal_choice(part), *_more_questions(part), *_author_thanks(part)]


def _reveal_choice(part: Part) -> list[Block]:
    box = checkbox(
        "survey.reveal", "Count me, don't reveal", str(part.part_id), ticked=not part.reveal_ok
    )
    return [context(NOTICE), actions(_id(part, "reveal"), box)]


def _more_questions(part: Part) -> list[Block]:
    if part.answer in (None, AiAnswer.NO):
        return []
    return [
        context("If you like: which tool, and how much rework did it need?"),
        actions(
            _id(part, "more"),
            select("survey.tool", "Which tool?", TOOLS.items(), chosen=part.tool),
            select("survey.rework", "How much rework?", REWORKS.items(), chosen=part.rework),
        ),
    ]


def _author_thanks(part: Part) -> list[Block]:
    if part.answer is None or part.state is PartState.FINAL:
        return []
    return [
        context(
            f"Thanks! Your answer: {_answer(part)}. "
            "You can change it until a reviewer has learned it."
        )
    ]


def _answer(part: Part) -> str:
    return f"“{ANSWERS[part.answer]}”" if part.answer is not None else "none"


def _reviewer_questions(dm: SurveyDm) -> list[Block]:
    part = dm.part
    if part.rating is None:
        return [] if part.state is PartState.FINAL else [section(_HOW_GOOD), _rating_row(part)]
    is_final = part.guess is not None or part.state is PartState.FINAL
    said = section(f"{_HOW_GOOD} You said “{RATINGS[part.rating]}”.")
    rows = [said] if is_final else [said, _rating_row(part)]
    return [*rows, *(_after_rating(dm) if part.role is Role.REVIEWER else [])]


def _rating_row(part: Part) -> Block:
    return actions(
        _id(part, "rate"),
        *(
            _choice(part, text, f"survey.rate.{rating}", chosen=rating is part.rating)
            for rating, text in RATINGS.items()
        ),
    )


def _after_rating(dm: SurveyDm) -> list[Block]:
    part = dm.part
    if part.guess is not None and (part.outcome is not None or dm.why_shown):
        return [section(_outcome(dm, part.outcome or Outcome.VOID))]
    if dm.why_shown:
        return [context(f"Thanks! No guess on this one, because {spoiled(dm.why_shown)}.")]
    if not part.guessable:
        return [context("Thanks! No guess on this one.")]
    return [section("*Was it AI-assisted?*"), _guess_row(part), context(_guess_thanks(part))]


def _outcome(dm: SurveyDm, outcome: Outcome) -> str:
    return outcome_line(outcome, dm.part.guess, score=dm.score, why_shown=dm.why_shown)


def _guess_row(part: Part) -> Block:
    return actions(
        _id(part, "guess"),
        *(
            _choice(part, text, f"survey.guess.{guess}", chosen=guess is part.guess)
            for guess, text in GUESSES.items()
        ),
    )


def _guess_thanks(part: Part) -> str:
    match part.guess:
        case None:
            return "“No idea” is not scored. Your rating becomes final with the guess."
        case Guess.NO_IDEA:
            return "Thanks! “No idea” is not scored. You can still change your mind."
        case guess:
            return (
                f"Thanks! Your guess: “{GUESSES[guess]}”. Once the author has answered you hear how "
                "it turned out, unless they keep it to themselves. You can change it until then."
            )


def _footer(dm: SurveyDm) -> list[Block]:
    name = [members.name_off_button()] if dm.may_be_named else []
    row = actions(_id(dm.part, "controls"), members.snooze_menu(), *name, members.stop_button())
    if _nothing_left(dm.part):
        return [row]
    return [context(f"Open until {day(dm.expires_at, dm.timezone)}."), row]


def _nothing_left(part: Part) -> bool:
    """After the reveal a reviewer can change nothing; an author can still name the tool."""
    return part.state is PartState.FINAL and not part.asks_the_author


def _closed(dm: SurveyDm) -> list[Block]:
    part = dm.part
    if dm.ending is Ending.WITHDRAWN:
        return [section("This survey was taken back. There is nothing left to do.")]
    said = _said(part)
    thanks = f"Thanks! {said}" if said else "No answer came, and that is fine."
    blocks = [section(f"This survey is closed. {thanks}")]
    if part.outcome is not None and part.guess is not None:
        blocks.append(context(_outcome(dm, part.outcome)))
    return blocks


def _said(part: Part) -> str:
    answers = (
        ANSWERS[part.answer] if part.answer is not None else None,
        RATINGS[part.rating] if part.rating is not None else None,
        GUESSES[part.guess] if part.guess is not None else None,
    )
    said = ", ".join(f"“{answer}”" for answer in answers if answer is not None)
    return f"You said {said}." if said else ""
