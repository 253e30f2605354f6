"""What people read about whose work a pull request is, and with what they put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.surveys import AiAnswer
from bot.views.blocks import (
    Block,
    Message,
    and_more,
    button,
    context,
    message,
    note,
    section,
    select,
)
from bot.views.pull_requests import PullRequestView, linked_title, place, titled
from bot.views.texts import counted, escaped

TAKE_BACK = "take_back"
_MOST_MATCHES = 40

_SAID = {
    AiAnswer.NO: "you said no AI was involved",
    AiAnswer.HELPED: "you said AI helped",
    AiAnswer.WROTE: "you said AI wrote most of it",
}
_CHOICES = (
    (AiAnswer.NO.value, "No AI was involved"),
    (AiAnswer.HELPED.value, "AI helped"),
    (AiAnswer.WROTE.value, "AI wrote most of it"),
)


@dataclass(frozen=True, slots=True)
class OwnWork:
    """One of a person's own pull requests, for their eyes only.

    `reasons` say what points to AI; `asked`: its survey is open, and answered there. `corrected`:
    they have put it right themselves, which can be taken back.
    """

    repository_id: int
    pull_request: PullRequestView
    declared: AiAnswer | None
    reasons: tuple[str, ...]
    asked: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matched, and an example of what; `dismissed`: that was found to be wrong."""

    rule: str
    example: str
    times: int
    dismissed: bool


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """What the rules saw in one pull request, for an admin."""

    repository_id: int
    pull_request: PullRequestView
    matches: tuple[Match, ...]
    ai_reviewers: tuple[str, ...]


def own_works(works: Sequence[OwnWork]) -> Message:
    """Answer `/copilot mine`."""
    if not works:
        return note("I know of no merged pull request of yours yet.")
    blocks = [block for work in works for block in _own_work(work)]
    lead = "*Your latest pull requests*, and what is known of AI in them. Only you see this."
    return message("Your latest pull requests", [section(lead), *blocks])


def _own_work(work: OwnWork) -> list[Block]:
    pr = work.pull_request
    block_id = f"attribution:{work.repository_id}:{pr.number}"
    menu = None if work.asked else select("attribution.declare", "Put it right", _choices(work))
    title = section(linked_title(pr), block_id=block_id, accessory=menu)
    return [title, context(place(pr), _known(work))]


def _choices(work: OwnWork) -> list[tuple[str, str]]:
    back = [(TAKE_BACK, "Take back what I said here")] if work.corrected else []
    return [*_CHOICES, *back]


def _known(work: OwnWork) -> str:
    if work.asked and work.declared is None:
        return "Its survey is open: please answer there."
    if work.declared is not None:
        return f"Declared: {_SAID[work.declared]}."
    if work.reasons:
        return f"Marks: {escaped('; '.join(work.reasons), 300)}."
    return "Unknown: it carries no mark, and you were not asked."


def declared() -> Message:
    """Answer an author who put it right."""
    return note("Thanks, noted. Your word counts more than any mark.")


def taken_back() -> Message:
    """Answer an author who took that back."""
    return note("Done: what you said here no longer counts.")


def dismissed(pr: PullRequestView, reason: str, *, undone: bool = False) -> Message:
    """Tell an author that an admin put right what a rule had read into their pull request."""
    what = escaped(reason, 200)
    told = (
        f"An admin looked again: that {what} does count as a sign of AI after all."
        if undone
        else f"An admin found that I was wrong: that {what} is no sign of AI here."
    )
    return message(
        f"About {titled(pr)}",
        [
            section(f"{linked_title(pr)}\n{told}"),
            context(
                place(pr), "What you said yourself is untouched. `/copilot mine` shows it all."
            ),
        ],
    )


def evidence(view: EvidenceView) -> Message:
    """Answer `/copilot evidence owner/name#12`."""
    pr = view.pull_request
    lead = section(f"{linked_title(pr)}\n{_lead(view)}")
    rows = [_match(view, match) for match in view.matches[:_MOST_MATCHES]]
    more = and_more(len(view.matches) - _MOST_MATCHES)
    return message(f"What points to AI in {titled(pr)}", [lead, context(place(pr)), *rows, *more])


def corrected(view: EvidenceView, *, changed: bool) -> Message:
    """Answer an admin who put a match right, with the evidence as it stands now."""
    told = "Done, and its author is told." if changed else "That was so already."
    shown = evidence(view)
    return {**shown, "blocks": [section(told), *shown["blocks"]][:50]}


def _lead(view: EvidenceView) -> str:
    names = ", ".join(escaped(name, 40) for name in view.ai_reviewers)
    reviewed = f" AI reviewed it ({names}), which says nothing about who wrote it." if names else ""
    if not view.matches:
        return f"No rule matches: nobody knows.{reviewed}"
    return f"What the rules saw. What the author said is not shown, nor changed here.{reviewed}"


def _match(view: EvidenceView, match: Match) -> Block:
    rule = escaped(match.rule, 80)
    times = f", and {counted(match.times - 1, 'more match', 'more matches')}" * (match.times > 1)
    state = "\n_Found to be wrong: does not count._" if match.dismissed else ""
    # The rule is part of it: a block id may stand once in a message.
    block_id = f"attribution:{view.repository_id}:{view.pull_request.number}:{match.rule}"
    if match.dismissed:
        choice = button("It counts", "attribution.restore", value=match.rule)
    else:
        choice = button("That is wrong", "attribution.dismiss", value=match.rule)
    text = f"*{rule}*: {escaped(match.example, 300)}{times}{state}"
    return section(text, block_id=block_id, accessory=choice)
