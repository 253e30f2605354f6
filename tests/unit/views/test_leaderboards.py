"""The weekly post names the best, hides who prefers it, and never says more than the data."""

from __future__ import annotations

from bot.domain.ids import MemberId
from bot.domain.leaderboards import Standings, Suppressed, TeamFacts
from bot.views.leaderboards import weekly_post
from tests.unit.views.makers import NAMES, places, post, shown

NOBODY = Standings((), Suppressed.TOO_FEW_NAMES)


def test_ties_share_a_place_and_no_place_is_left_out() -> None:
    told = shown(weekly_post(post()))
    assert ":first_place_medal: Ada, Bo\n:second_place_medal: Cleo\n" in told


def test_each_number_comes_with_its_n_and_the_window() -> None:
    told = shown(weekly_post(post()))
    assert "*The team* in the last 12 weeks" in told
    assert "42% (n = 38 answers)" in told
    assert "3.5 hours (n = 39 pull requests)" in told


def test_what_rests_on_too_little_is_said_so() -> None:
    told = shown(weekly_post(post(facts=TeamFacts(3, None, None, None, None))))
    assert told.count("not enough data") == 4


def test_a_small_group_gets_no_names_at_all() -> None:
    told = shown(weekly_post(post(detectives=NOBODY, champions=NOBODY)))
    assert not [name for name in NAMES.values() if name in told]
    assert "Merged: 41 pull requests" in told


def test_names_kept_off_are_offered_to_everybody_when_names_are_shown() -> None:
    assert "Want your name off?" in shown(weekly_post(post()))


def test_the_computation_is_linked_only_where_the_address_is_good() -> None:
    assert "|How this is computed>" in shown(weekly_post(post()))
    assert "computed" not in shown(weekly_post(post(how_url="javascript:alert(1)")))


def test_a_crowded_place_is_cut_and_says_by_how_many() -> None:
    names = {MemberId(n): f"Person {n:02}" for n in range(30)}
    told = shown(weekly_post(post(detectives=places(tuple(range(30))), names=names)))
    assert "Person 11 and 18 more" in told


def test_nobody_is_pinged_by_the_post() -> None:
    names = {**NAMES, MemberId(1): "<@U012AB3CD> <!channel>"}
    assert "<@" not in shown(weekly_post(post(names=names)))
    assert "<!" not in shown(weekly_post(post(names=names)))
