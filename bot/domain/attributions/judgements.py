"""What all evidence together says about a pull request: one attribution."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.attributions.accounts import reviewer_tool
from bot.domain.attributions.evidence import Evidence, Place, Strength
from bot.domain.attributions.initiators import credited_login
from bot.domain.attributions.matching import evidence_of
from bot.domain.attributions.signs import all_traces, visible_signs
from bot.domain.ids import GithubLogin
from bot.domain.pull_requests import Actor, Trace
from bot.domain.surveys.parts import AiAnswer


class Tier(StrEnum):
    """How much is known, from the most to the least."""

    DECLARED = "declared"
    """The author says so."""
    STRONG = "strong"
    WEAK = "weak"
    UNKNOWN = "unknown"
    """No mark: unknown, never human."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that an attribution rests on.

    `declared` is what the author said: an own correction before the survey's answer.
    `dismissed` are rules whose match here was found to be wrong. `shown` are the signs that the
    game goes by so far; nothing rests on them.
    """

    author: Actor
    head_ref: str = ""
    assignees: tuple[Actor, ...] = ()
    traces: frozenset[Trace] = frozenset()
    reviewers: tuple[Actor, ...] = ()
    declared: AiAnswer | None = None
    declared_tool: str | None = None
    dismissed: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Attribution:
    """What is known of AI in one pull request; `assisted` is None where nobody knows.

    `tools` are those that wrote, by all evidence that counts; `ai_reviewers` those that reviewed.
    `evidence` is every match, also one that was dismissed and does not count.
    """

    tier: Tier
    assisted: bool | None
    tools: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    ai_reviewers: tuple[str, ...] = ()
    initiator: GithubLogin | None = None
    declared: AiAnswer | None = None
    signs: frozenset[str] = field(default=frozenset(), compare=False)


def judge(known: Known) -> Attribution:
    """Weigh the evidence of one pull request; the same knowledge gives the same attribution.

    The author's word beats every mark, in both directions. `signs` are what anybody can see on
    GitHub, dismissed or not: a guess is no guess where there is one.
    """
    traces = all_traces(known.author, known.head_ref, known.traces)
    evidence = tuple(sorted({one for trace in traces for one in evidence_of(trace)}))
    wrote = [one for one in evidence if _counts(one, known.dismissed)]
    tier, assisted = _tier(wrote, known.declared)
    started = frozenset(t.text for t in known.traces if t.kind == Place.STARTED_BY)
    return Attribution(
        tier,
        assisted,
        tools=_tools(wrote, known),
        evidence=evidence,
        ai_reviewers=_ai_reviewers(evidence, known.reviewers),
        declared=known.declared,
        initiator=credited_login(known.author, known.assignees, started),
        signs=visible_signs(traces),
    )


def _counts(one: Evidence, dismissed: frozenset[str]) -> bool:
    return one.strength is not Strength.REVIEW and one.rule not in dismissed


def _tier(wrote: list[Evidence], declared: AiAnswer | None) -> tuple[Tier, bool | None]:
    if declared is not None:
        return Tier.DECLARED, declared is not AiAnswer.NO
    if any(one.strength is Strength.STRONG for one in wrote):
        return Tier.STRONG, True
    return (Tier.WEAK, True) if wrote else (Tier.UNKNOWN, None)


def _tools(wrote: list[Evidence], known: Known) -> tuple[str, ...]:
    if known.declared is AiAnswer.NO:
        return ()
    named = {known.declared_tool} if known.declared_tool else set()
    return tuple(sorted({one.tool for one in wrote} | named))


def _ai_reviewers(evidence: tuple[Evidence, ...], reviewers: tuple[Actor, ...]) -> tuple[str, ...]:
    marked = {one.tool for one in evidence if one.strength is Strength.REVIEW}
    accounts = {tool for actor in reviewers if (tool := reviewer_tool(actor)) is not None}
    return tuple(sorted(marked | accounts))
