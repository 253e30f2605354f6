"""What is said of a pull request, by its definitions and no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.facts import (
    Calendar,
    Facts,
    FactSettings,
    History,
    Measure,
    Person,
    Population,
    facts_of,
    is_hotfix,
    is_noise,
    length_s,
    mistakes,
    ready_spans,
    week_of,
)
from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import (
    Actor,
    ActorKind,
    Commit,
    PullRequest,
    Review,
    ReviewState,
    TimelineEvent,
    Turn,
)

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
H = 3600


def account(login: str, kind: ActorKind = ActorKind.USER) -> Actor:
    return Actor(GithubLogin(login), sum(map(ord, login)), kind)


ADA, BOB, HELPER = account("ada"), account("bob"), account("helper[bot]", ActorKind.BOT)


def a_pr(**changes: Any) -> PullRequest:
    merged_at = MONDAY + 8 * HOUR
    made: dict[str, Any] = {
        "repository_id": RepositoryId(7), "repository": "acme/shop", "number": 1, "title": "Change",
        "url": "", "author": ADA, "head_ref": "topic", "base_ref": "main", "draft": False,
        "state": "closed", "opened_at": MONDAY, "closed_at": merged_at, "merged_at": merged_at,
        "updated_at": merged_at, "node_id": "PR_1", "additions": 10, "deletions": 5,
        "changed_files": 2,
    }  # fmt: skip
    return PullRequest(**made | changes)


def review(who: Actor, at: datetime, state: ReviewState = ReviewState.APPROVED) -> Review:
    return Review(int(at.timestamp()), who, state, at)


def commit(at: datetime, authored_at: datetime | None = None) -> Commit:
    return Commit(f"{at:%d%H%M}", authored_at or at, at)


def facts(settings: FactSettings | None = None, **known: Any) -> Facts:
    pr = known.pop("pr", None) or a_pr()
    more: dict[str, Any] = {
        "credited_login": pr.author.login,
        "author_id": pr.author.github_id,
        "author": None,
    }
    history = History(pr, **more | known)
    return facts_of(history, settings or FactSettings(), timezone="UTC")


def turned(*turns: tuple[Turn, datetime]) -> tuple[TimelineEvent, ...]:
    return tuple(TimelineEvent(*turn) for turn in turns)


def test_cycle_time_is_from_the_first_commits_author_date_to_the_merge() -> None:
    rebased = commit(MONDAY + HOUR, authored_at=MONDAY - 16 * HOUR)
    found = facts(commits=(commit(MONDAY), rebased))
    assert found.times.cycle_s == 24 * H
    assert found.times.cycle_working_s == 8 * H


def test_without_commits_cycle_time_is_not_guessed() -> None:
    assert facts().times.cycle_s is None
    assert all(bucket >= 1000 for bucket in facts().buckets)


def test_what_is_not_merged_has_no_cycle_time_and_no_week() -> None:
    found = facts(pr=a_pr(merged_at=None, closed_at=None, state="open"), commits=(commit(MONDAY),))
    assert (found.times.cycle_s, found.week) == (None, None)


def test_a_commit_after_the_merge_counts_as_nothing_and_is_noted() -> None:
    found = facts(commits=(commit(MONDAY + DAY),))
    assert (found.times.cycle_s, found.times.cycle_working_s, found.times.clipped) == (0, 0, 1)


def test_a_review_before_the_opening_counts_as_nothing_and_is_noted() -> None:
    found = facts(reviews=(review(BOB, MONDAY - HOUR),))
    assert (found.times.first_review_s, found.times.review_s) == (0, 8 * H)
    assert found.times.clipped == 1


def test_the_wait_for_a_review_ends_with_the_first_by_another_person() -> None:
    found = facts(
        reviews=(
            review(HELPER, MONDAY + HOUR / 2),
            review(ADA, MONDAY + HOUR),
            review(BOB, MONDAY + 3 * HOUR, ReviewState.COMMENTED),
            review(BOB, MONDAY + 6 * HOUR),
        )
    )
    assert (found.times.first_review_s, found.times.review_s) == (3 * H, 5 * H)
    assert (found.first_reviewer_login, found.bot_reviews) == ("bob", 1)


def test_a_dismissed_review_did_happen() -> None:
    found = facts(reviews=(review(BOB, MONDAY + HOUR, ReviewState.DISMISSED),))
    assert (found.times.first_review_s, found.rounds) == (H, 1)


def test_a_review_that_is_not_submitted_is_none() -> None:
    assert facts(reviews=(review(BOB, MONDAY + HOUR, ReviewState.PENDING),)).rounds == 0


def test_merged_without_a_review_nobody_was_waited_for() -> None:
    found = facts(reviews=(review(ADA, MONDAY + HOUR), review(BOB, MONDAY + DAY)))
    assert (found.times.first_review_s, found.times.review_s, found.rounds) == (None, None, 0)


def test_who_set_an_agent_to_work_does_not_review_it() -> None:
    pr = a_pr(author=HELPER)
    found = facts(pr=pr, credited_login="ada", author_id=ADA.github_id,
                  reviews=(review(ADA, MONDAY + HOUR), review(BOB, MONDAY + 2 * HOUR)))  # fmt: skip
    assert (found.times.first_review_s, found.first_reviewer_login) == (2 * H, "bob")
    assert (found.population, found.author_login) == (Population.PEOPLE, "ada")


def test_as_a_draft_it_waits_for_nobody() -> None:
    turns = turned((Turn.READY, MONDAY + 2 * HOUR))
    found = facts(turns=turns, reviews=(review(BOB, MONDAY + 5 * HOUR),))
    assert (found.times.first_review_s, found.times.review_s) == (3 * H, 3 * H)


def test_to_and_fro_between_draft_and_ready_only_ready_counts() -> None:
    turns = turned(
        (Turn.DRAFTED, MONDAY + HOUR), (Turn.READY, MONDAY + 3 * HOUR),
        (Turn.DRAFTED, MONDAY + 4 * HOUR), (Turn.READY, MONDAY + 5 * HOUR),
    )  # fmt: skip
    found = facts(turns=turns, reviews=(review(BOB, MONDAY + 6 * HOUR),))
    assert (found.times.first_review_s, found.times.review_s) == (3 * H, 2 * H)


def test_a_review_of_a_draft_leaves_nothing_to_wait_for() -> None:
    turns = turned((Turn.READY, MONDAY + 4 * HOUR))
    found = facts(turns=turns, reviews=(review(BOB, MONDAY + HOUR),))
    assert (found.times.first_review_s, found.times.review_s) == (0, 4 * H)


def test_while_it_is_closed_nobody_is_waited_for() -> None:
    turns = turned((Turn.CLOSED, MONDAY + HOUR), (Turn.REOPENED, MONDAY + 4 * HOUR))
    assert (
        facts(turns=turns, reviews=(review(BOB, MONDAY + 5 * HOUR),)).times.first_review_s == 2 * H
    )


def test_one_that_is_still_a_draft_has_never_been_ready() -> None:
    pr = a_pr(draft=True, merged_at=None, closed_at=None, state="open")
    found = facts(pr=pr, reviews=(review(BOB, MONDAY + HOUR),))
    assert (found.times.first_review_s, found.times.review_s) == (0, None)


def test_working_time_is_by_the_clock_of_whoever_is_waited_for() -> None:
    found = facts(
        author=Person("America/New_York"),
        reviewers=(("bob", Person("Asia/Tokyo")),),
        reviews=(review(BOB, MONDAY + 2 * HOUR),),
        commits=(commit(MONDAY),),
    )
    # 9:00 to 11:00 UTC is night in Tokyo; 14:00 to 17:00 UTC is morning in New York.
    assert (found.times.first_review_s, found.times.first_review_working_s) == (2 * H, 0)
    assert (found.times.review_working_s, found.times.cycle_working_s) == (3 * H, 3 * H)


def test_rounds_are_the_reviewers_turns() -> None:
    found = facts(
        reviews=(review(BOB, MONDAY + HOUR), review(account("eve"), MONDAY + 2 * HOUR),
                 review(BOB, MONDAY + 4 * HOUR), review(BOB, MONDAY + 6 * HOUR)),
        commits=(commit(MONDAY), commit(MONDAY + 3 * HOUR)),
        turns=turned((Turn.REVIEW_REQUESTED, MONDAY + 5 * HOUR)),
    )  # fmt: skip
    assert found.rounds == 3


def test_of_a_clone_nobody_can_say_that_nobody_reviewed() -> None:
    found = facts(pr=a_pr(node_id="", additions=None))
    assert (found.rounds, found.lines, found.files) == (None, None, 2)
    assert {bucket // 1000 for bucket in found.buckets} == {Measure.FILES}


def test_weeks_begin_on_monday_by_the_workspaces_clock() -> None:
    sunday_night = datetime(2026, 11, 8, 23, 30, tzinfo=UTC)
    assert week_of(sunday_night, "UTC") == date(2026, 11, 2)
    assert week_of(sunday_night, "Europe/Berlin") == date(2026, 11, 9)


def test_bots_and_excluded_people_count_apart() -> None:
    assert facts(pr=a_pr(author=HELPER)).population is Population.BOTS
    assert facts(author=Person("UTC", excluded=True)).population is Population.EXCLUDED
    noise = FactSettings(ignored_authors=("ada",))
    assert facts(noise).population is Population.NOISE
    assert facts(noise, author=Person("UTC", excluded=True)).population is Population.EXCLUDED


@pytest.mark.parametrize(
    ("settings", "is_it"),
    [
        (FactSettings(), False),
        (FactSettings(ignored_labels=("Dep*",)), True),
        (FactSettings(ignored_titles=("[skip] *",)), True),
        (FactSettings(ignored_titles=("skip",)), False),
        (FactSettings(ignored_authors=("*-svc",)), True),
        (FactSettings(most_lines=99), True),
        (FactSettings(most_lines=100), False),
        (FactSettings(most_files=2), True),
    ],
)
def test_noise_is_what_the_workspace_says(settings: FactSettings, is_it: bool) -> None:
    how: dict[str, Any] = {"title": "[Skip] it", "author": "build-svc", "labels": {"dependencies"}}
    assert is_noise(settings, **how, lines=100, files=3) is is_it
    assert not is_noise(FactSettings(most_lines=1), **how, lines=None, files=None)


@pytest.mark.parametrize(
    ("title", "head", "label", "is_it"),
    [
        ("Change", "topic", "Hotfix", True),
        ("Change", "hotfix/crash", "bug", True),
        ("[HOTFIX] crash", "topic", "bug", True),
        ("Hot-fix: crash", "topic", "bug", True),
        ("Document the hotfix process", "topic", "bug", False),
        ("Hotfixes are documented", "topic", "bug", False),
    ],
)
def test_hotfixes_are_marked_by_their_people(
    title: str, head: str, label: str, is_it: bool
) -> None:
    assert is_hotfix(FactSettings(), title=title, head_ref=head, labels=[label]) is is_it


def test_a_hash_leads_to_the_newest_merge_it_fits() -> None:
    pr = a_pr(title='Revert "Change"')
    found = facts(pr=pr, said=("abcdef0", "1234567"), merges=(("abcdef0", 3), ("1234567", 5)))
    assert (found.is_revert, found.reverts) == (True, 5)
    assert facts(pr=pr, said=("abcdef0",)).reverts is None


def test_mistakes_name_their_fields() -> None:
    assert mistakes(FactSettings()) == frozenset()
    wrong = FactSettings(
        Calendar(frozenset({0}), Calendar().ends_at, Calendar().begins_at),
        ignored_labels=("x" * 201,), hotfix_heads=("",), most_lines=0, most_files=0,
        ignored_titles=("x",) * 51,
    )  # fmt: skip
    assert mistakes(wrong) == {
        "working_days", "hours", "ignored_labels", "hotfix_heads", "most_lines", "most_files",
        "ignored_titles",
    }  # fmt: skip


_moments = st.integers(-50, 200).map(lambda hours: MONDAY + timedelta(hours=hours))
_turns = st.lists(st.tuples(st.sampled_from(Turn), _moments), max_size=8)


@given(_turns, st.booleans(), _moments, st.randoms(use_true_random=False))
def test_spans_lie_in_order_between_opening_and_end(
    turns: list[tuple[Turn, datetime]], draft: bool, until: datetime, dice: Any
) -> None:
    events = [TimelineEvent(*turn) for turn in turns]
    spans = ready_spans(MONDAY, events, draft=draft, until=until)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(MONDAY <= edge <= until for edge in edges)
    dice.shuffle(events)
    assert ready_spans(MONDAY, events * 2, draft=draft, until=until) == spans


_reviews = st.lists(st.tuples(st.sampled_from([ADA, BOB, HELPER]), _moments), max_size=6)


@given(_reviews, st.lists(_moments, max_size=5), _turns, st.randoms(use_true_random=False))
def test_facts_hold_together_and_know_no_order(
    reviews: list[tuple[Actor, datetime]],
    commits: list[datetime],
    turns: list[tuple[Turn, datetime]],
    dice: Any,
) -> None:
    given_reviews = [
        Review(n, who, ReviewState.APPROVED, at) for n, (who, at) in enumerate(reviews)
    ]
    known: dict[str, Any] = {
        "reviews": given_reviews,
        "commits": [commit(at) for at in commits],
        "turns": [TimelineEvent(*turn) for turn in turns],
    }
    found = facts(None, **{name: tuple(some) for name, some in known.items()})
    times = found.times
    for wall, working in (
        (times.cycle_s, times.cycle_working_s),
        (times.first_review_s, times.first_review_working_s),
        (times.review_s, times.review_working_s),
    ):
        assert (wall is None) == (working is None)
        assert 0 <= (working or 0) <= (wall or 0)
    assert (found.rounds == 0) == (found.first_reviewer_login is None)
    assert (found.rounds or 0) <= len(reviews)
    ready = ready_spans(MONDAY, known["turns"], draft=False, until=MONDAY + 8 * HOUR)
    if times.review_s is not None:
        assert (times.first_review_s or 0) + times.review_s == length_s(ready)
    for some in known.values():
        dice.shuffle(some)
    assert facts(None, **{name: tuple(some) for name, some in known.items()}) == found


def test_a_clock_that_stood_still_fits_its_column() -> None:
    found = facts(pr=a_pr(additions=2**31 - 1), commits=(commit(datetime(1900, 1, 1, tzinfo=UTC)),))
    assert (found.times.cycle_s, found.lines) == (2**31 - 1, 2**31 - 1)
    assert replace(found) == found
