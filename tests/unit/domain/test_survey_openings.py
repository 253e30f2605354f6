from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.ids import MemberId
from bot.domain.pull_requests import Actor
from bot.domain.surveys import (
    Ask,
    NotOpened,
    Open,
    Role,
    WhyNotOpened,
    opening,
    who_is_asked,
)
from bot.domain.workspaces import Game
from tests.unit.domain.makers import (
    ADA,
    COPILOT,
    HOUR,
    NOON,
    a_member,
    a_merge,
    account,
    bot_account,
)

GAME = Game(switched_on_at=NOON - 90 * HOUR)
BOB = account("bob")
SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)


RESTORED = replace(GAME, gap_from=NOON - HOUR, gap_until=NOON - SECOND)


@pytest.mark.parametrize("merged_at", [NOON - HOUR, NOON])
def test_a_merge_before_a_backup_or_after_its_restore_opens_a_survey(merged_at: datetime) -> None:
    assert opening(a_merge(merged_at=merged_at), game=RESTORED, now=NOON) == Open(NOON + WEEK)


@pytest.mark.parametrize("age", [0 * HOUR, HOUR, 48 * HOUR - SECOND, -timedelta(minutes=10)])
def test_a_fresh_merge_opens_a_survey_for_seven_days(age: timedelta) -> None:
    assert opening(a_merge(merged_at=NOON - age), game=GAME, now=NOON) == Open(NOON + WEEK)


@pytest.mark.parametrize(
    ("changes", "game", "reason"),
    [
        ({"merged_at": None}, GAME, WhyNotOpened.NOT_MERGED),
        ({}, Game(), WhyNotOpened.GAME_OFF),
        ({"merged_at": NOON - 48 * HOUR}, GAME, WhyNotOpened.TOO_OLD),
        ({"merged_at": NOON - 91 * HOUR}, GAME, WhyNotOpened.BEFORE_GAME),
        ({"merged_at": NOON}, Game(switched_on_at=NOON), WhyNotOpened.BEFORE_GAME),
        ({"merged_at": NOON - SECOND}, RESTORED, WhyNotOpened.IN_A_GAP),
        (
            {"merged_at": NOON + timedelta(minutes=10) + SECOND},
            GAME,
            WhyNotOpened.IN_THE_FUTURE,
        ),
        ({"author": bot_account("dependabot[bot]")}, GAME, WhyNotOpened.SERVICE_BOT),
        ({"author": account("renovate-bot")}, GAME, WhyNotOpened.SERVICE_BOT),
        ({"author": COPILOT}, GAME, WhyNotOpened.AGENT_WITHOUT_INITIATOR),
        ({"author": account("eve")}, GAME, WhyNotOpened.EXCLUDED_AUTHOR),
        ({"author": COPILOT, "assignees": (account("eve"),)}, GAME, WhyNotOpened.EXCLUDED_AUTHOR),
    ],
)
def test_other_merges_open_none(changes: dict[str, Any], game: Game, reason: WhyNotOpened) -> None:
    excluded = {account("eve").login}
    outcome = opening(a_merge(**changes), game=game, now=NOON, excluded=excluded)
    assert outcome == NotOpened(reason)


def test_an_agents_pull_request_asks_for_ratings_only_and_is_credited_to_its_initiator() -> None:
    pr = a_merge(author=COPILOT, assignees=(COPILOT, BOB))
    assert opening(pr, game=GAME, now=NOON) == Open(NOON + WEEK, rating_only=True, initiator=BOB)


@pytest.mark.parametrize("author", [ADA, BOB])
def test_peoples_pull_requests_let_guess(author: Actor) -> None:
    outcome = opening(a_merge(author=author, assignees=(BOB,)), game=GAME, now=NOON)
    assert outcome == Open(NOON + WEEK, rating_only=False, initiator=None)


AUTHOR, ONE, TWO = a_member(1), a_member(2), a_member(3)


def asks(author: Any, *approvers: Any, agent: bool = False, signals: Any = ()) -> tuple[Ask, ...]:
    return who_is_asked(author, approvers, agent=agent, signals=signals)


def author_asked(role: Role = Role.AUTHOR) -> Ask:
    return Ask(MemberId(1), role)


def rates(number: int) -> Ask:
    return Ask(MemberId(number), Role.REVIEWER, guessable=False)


def guesses(number: int) -> Ask:
    return Ask(MemberId(number), Role.REVIEWER, guessable=True)


def test_the_author_answers_and_every_approver_guesses() -> None:
    assert asks(AUTHOR, ONE, TWO) == (author_asked(), guesses(2), guesses(3))


def test_an_author_without_approvers_is_asked_alone() -> None:
    assert asks(AUTHOR) == (author_asked(),)


def test_one_person_with_two_accounts_is_asked_once() -> None:
    assert asks(AUTHOR, ONE, ONE) == (author_asked(), guesses(2))


def test_author_and_approver_in_one_person_get_one_combined_message_and_others_still_guess() -> (
    None
):
    assert asks(AUTHOR, AUTHOR, ONE) == (author_asked(Role.COMBINED), guesses(2))


def test_a_visible_sign_of_ai_leaves_the_rating() -> None:
    assert asks(AUTHOR, ONE, signals={"branch_head:claude"}) == (author_asked(), rates(2))


def test_without_a_known_author_there_is_nothing_to_guess() -> None:
    assert asks(None, ONE) == (rates(2),)


@pytest.mark.parametrize(
    "changes", [{"stopped_at": NOON}, {"departed": True}, {"slack_user_id": None}]
)
def test_an_author_who_cannot_be_asked_leaves_nothing_to_guess(changes: dict[str, Any]) -> None:
    assert asks(replace(AUTHOR, **changes), ONE, replace(AUTHOR, **changes)) == (rates(2),)


def test_an_excluded_authors_pull_request_asks_nobody() -> None:
    assert asks(a_member(1, excluded=True), ONE) == ()
    assert asks(a_member(1, excluded=True), ONE, agent=True) == ()


@pytest.mark.parametrize("gone", [{"excluded": True}, {"departed": True}, {"stopped_at": NOON}])
def test_approvers_who_are_out_are_left_out(gone: dict[str, Any]) -> None:
    assert asks(AUTHOR, a_member(2, **gone), TWO) == (author_asked(), guesses(3))


def test_the_initiator_of_an_agents_pull_request_is_never_asked_and_others_only_rate() -> None:
    assert asks(AUTHOR, AUTHOR, ONE, agent=True) == (rates(2),)
    assert asks(None, ONE, agent=True) == (rates(2),)
