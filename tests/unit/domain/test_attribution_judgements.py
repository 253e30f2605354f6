"""All evidence together: who is believed, what counts, and whom an agent's work is credited to."""

from __future__ import annotations

import pytest

from bot.domain.attributions.evidence import Place, Strength
from bot.domain.attributions.judgements import Attribution, Known, Tier, judge
from bot.domain.attributions.reasons import counted, label_of, reason_for
from bot.domain.pull_requests import Actor, ActorKind, Trace
from bot.domain.surveys import AiAnswer
from tests.unit.domain.makers import ADA, COPILOT, account, bot_account

BOB = account("bob")
STRONG = Trace(Place.COMMIT, "Co-authored-by: Claude <noreply@anthropic.com>")
WEAK = Trace(Place.BODY, "Co-authored-by: Copilot <copilot@github.com>")
SUMMARY = Trace(Place.BODY, "<!-- CURSOR_SUMMARY -->")
BUGBOT = bot_account("cursor[bot]")


def judged(*traces: Trace, author: Actor = ADA, **known: object) -> Attribution:
    return judge(Known(author, traces=frozenset(traces), **known))  # type: ignore[arg-type]


def seen(attribution: Attribution) -> tuple[Tier, bool | None, tuple[str, ...]]:
    return attribution.tier, attribution.assisted, attribution.tools


def test_no_mark_is_unknown_and_never_human() -> None:
    assert seen(judged()) == (Tier.UNKNOWN, None, ())


@pytest.mark.parametrize(
    ("trace", "tier", "tool"),
    [
        (STRONG, Tier.STRONG, "claude_code"),
        (WEAK, Tier.WEAK, "copilot"),
        (Trace(Place.BODY, "Copilot Autofix powered by AI"), Tier.WEAK, "copilot"),
        (Trace(Place.NOTE, "cursor"), Tier.STRONG, "cursor"),
        (Trace(Place.NOTE, "brand new tool"), Tier.STRONG, "other"),
        (Trace(Place.COMMITTER, "noreply@anthropic.com"), Tier.STRONG, "claude_code"),
        (Trace(Place.COMMIT_ACCOUNT, "copilot"), Tier.STRONG, "copilot"),
        (Trace(Place.EARLIER, "trailer:amp"), Tier.STRONG, "amp"),
        (Trace(Place.EARLIER, "body_marker:cursor"), Tier.WEAK, "cursor"),
    ],
)
def test_a_mark_is_as_strong_as_its_rule_says(trace: Trace, tier: Tier, tool: str) -> None:
    assert seen(judged(trace)) == (tier, True, (tool,))


@pytest.mark.parametrize(
    "trace",
    [
        Trace(Place.BODY, "Some-Session: 4d2f"),
        Trace(Place.EARLIER, "nonsense"),
        Trace(Place.EARLIER, "branch_head:claude"),
        Trace(Place.STARTED_BY, "bob"),
        Trace("reverts", "#12"),
        Trace("of_a_later_version", "x"),
        Trace(Place.COMMIT_AUTHOR, "no credit"),
    ],
)
def test_traces_that_no_rule_of_today_knows_say_nothing(trace: Trace) -> None:
    assert seen(judged(trace)) == (Tier.UNKNOWN, None, ())


def test_a_branch_alone_is_a_weak_sign_and_an_agents_account_a_strong_one() -> None:
    assert seen(judged(head_ref="claude/basket")) == (Tier.WEAK, True, ("claude_code",))
    assert seen(judged(author=COPILOT)) == (Tier.STRONG, True, ("copilot",))


def test_an_agent_known_by_its_id_alone_is_strong() -> None:
    hidden = Actor(ADA.login, 223556219, ActorKind.USER)
    assert judged(author=hidden).tier is Tier.STRONG


def test_the_strongest_mark_decides_and_all_tools_are_named() -> None:
    assert seen(judged(STRONG, WEAK)) == (Tier.STRONG, True, ("claude_code", "copilot"))


@pytest.mark.parametrize(
    ("answer", "assisted", "tools"),
    [
        (AiAnswer.NO, False, ()),
        (AiAnswer.HELPED, True, ("claude_code", "gemini")),
        (AiAnswer.WROTE, True, ("claude_code", "gemini")),
    ],
)
def test_the_authors_word_beats_every_mark(
    answer: AiAnswer, assisted: bool, tools: tuple[str, ...]
) -> None:
    found = judged(STRONG, declared=answer, declared_tool="gemini")
    assert seen(found) == (Tier.DECLARED, assisted, tools)
    assert [one.rule for one in found.evidence] == ["claude_code.address"]


def test_a_dismissed_match_stays_on_record_and_does_not_count() -> None:
    found = judged(STRONG, WEAK, dismissed=frozenset({"claude_code.address"}))
    assert seen(found) == (Tier.WEAK, True, ("copilot",))
    assert len(found.evidence) == 2
    assert counted(found.evidence, {"claude_code.address"}) == [found.evidence[1]]


def test_what_everybody_could_see_stays_a_sign_for_the_game() -> None:
    found = judged(STRONG, dismissed=frozenset({"claude_code.address"}))
    assert found.signs == {"trailer:claude_code"}


def test_a_git_note_is_no_visible_sign() -> None:
    found = judged(Trace(Place.NOTE, "cursor"))
    assert (found.tier, found.signs) == (Tier.STRONG, frozenset())


@pytest.mark.parametrize(
    ("reviewers", "traces", "names"),
    [
        ((BUGBOT,), (), ("cursor",)),
        ((), (SUMMARY,), ("cursor",)),
        ((bot_account("coderabbitai[bot]"), bot_account("dependabot[bot]")), (), ("coderabbitai",)),
        (
            (bot_account("copilot-pull-request-reviewer[bot]"),),
            (),
            ("copilot-pull-request-reviewer",),
        ),
        ((COPILOT,), (), ("copilot",)),
        ((BOB,), (), ()),
    ],
)
def test_an_ai_review_says_nothing_about_authorship_but_is_recorded(
    reviewers: tuple[Actor, ...], traces: tuple[Trace, ...], names: tuple[str, ...]
) -> None:
    found = judged(*traces, reviewers=reviewers)
    assert found.ai_reviewers == names
    assert seen(found) == (Tier.UNKNOWN, None, ())


STARTED = (Trace(Place.STARTED_BY, "bob"),)
TWO = (*STARTED, Trace(Place.STARTED_BY, "carol"))


@pytest.mark.parametrize(
    ("author", "assignees", "traces", "credited"),
    [
        (COPILOT, (), STARTED, "bob"),
        (COPILOT, (ADA,), STARTED, "ada"),
        (COPILOT, (ADA, BOB), STARTED, None),
        (COPILOT, (), TWO, None),
        (COPILOT, (), (), None),
        (ADA, (BOB,), STARTED, None),
    ],
)
def test_an_agents_work_is_credited_to_the_one_person_who_started_it(
    author: Actor, assignees: tuple[Actor, ...], traces: tuple[Trace, ...], credited: str | None
) -> None:
    assert judged(*traces, author=author, assignees=assignees).initiator == credited


def test_the_order_of_knowledge_changes_nothing() -> None:
    one = judge(Known(COPILOT, traces=frozenset((STRONG, WEAK, *TWO)), reviewers=(BUGBOT, COPILOT)))
    other = judge(
        Known(COPILOT, traces=frozenset((*TWO, WEAK, STRONG)), reviewers=(COPILOT, BUGBOT))
    )
    assert one == other


def test_every_place_has_a_reason_in_plain_words() -> None:
    (one,) = judged(STRONG).evidence
    assert one.strength is Strength.STRONG
    assert reason_for(one) == "a line of a commit's message points to Claude Code"
    assert label_of("brand_new") == "brand new"
