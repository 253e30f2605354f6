"""What a plan says of AI, bad weeks and skill shows in the numbers of the company it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from statistics import mean, median

import pytest

from playground.companies import Adoption, CompanyPlan, Effects, Incidents, PullRequest, generate

PLAN = CompanyPlan(seed=11, people=250, days=250, adoption=Adoption(by_agents=0.0))
CALM = Incidents(a_year=0)


def work(plan: CompanyPlan) -> list[PullRequest]:
    return [pr for pr in generate(plan).pull_requests() if pr.initiator and pr.reverts is None]


def split(made: Iterable[PullRequest]) -> tuple[list[PullRequest], list[PullRequest]]:
    """With AI, and without."""
    listed = list(made)
    return [pr for pr in listed if pr.used_ai], [pr for pr in listed if not pr.used_ai]


def cycle_h(made: Iterable[PullRequest]) -> float:
    return mean((pr.merged_at - pr.opened_at) / 3600 for pr in made if pr.merged_at)


def supers(made: Iterable[PullRequest]) -> float:
    given = [review.rating for pr in made for review in pr.reviews if review.rating]
    return mean(rating == "super" for rating in given)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.6])
def test_cycle_time(factor: float) -> None:
    plan = replace(PLAN, effects=Effects(cycle_time=factor), incidents=CALM)
    ai, other = split(work(plan))
    # Nights and weekends between are as long with AI as without.
    assert cycle_h(ai) / cycle_h(other) == pytest.approx(factor, rel=0.3)


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.5])
def test_size(factor: float) -> None:
    ai, other = split(work(replace(PLAN, effects=Effects(size=factor))))
    ratio = median(pr.additions for pr in ai) / median(pr.additions for pr in other)
    assert ratio == pytest.approx(factor, rel=0.15)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_rework(factor: float) -> None:
    ai, other = split(work(replace(PLAN, effects=Effects(rework=factor))))

    def asked_again(made: list[PullRequest]) -> float:
        return mean(any(r.state == "changes_requested" for r in pr.reviews) for pr in made)

    assert asked_again(ai) / asked_again(other) == pytest.approx(factor, rel=0.2)


@pytest.mark.parametrize("factor", [1.0, 4.0])
def test_reverts(factor: float) -> None:
    made = list(generate(replace(PLAN, effects=Effects(reverts=factor))).pull_requests())
    reverted = {pr.reverts for pr in made if pr.reverts is not None}
    ai, other = split(pr for pr in made if pr.initiator and pr.merged_at)
    shares = [mean(pr.number in reverted for pr in some) for some in (ai, other)]
    assert shares[0] / shares[1] == pytest.approx(factor, rel=0.5)


@pytest.mark.parametrize("moved", [-0.15, 0.0, 0.15])
def test_rating(moved: float) -> None:
    ai, other = split(work(replace(PLAN, effects=Effects(rating=moved))))
    assert supers(ai) - supers(other) == pytest.approx(moved, abs=0.04)


def test_more_and_more_of_the_work_is_done_with_ai() -> None:
    plan = replace(PLAN, adoption=Adoption(at_start=0.1, at_end=0.7))
    made = work(plan)
    tenth = len(made) // 10
    shares = [mean(pr.used_ai for pr in some) for some in (made[:tenth], made[-tenth:])]
    assert shares == pytest.approx([0.1, 0.7], abs=0.09)


def test_people_use_it_as_differently_as_configured() -> None:
    def spread(adoption: Adoption) -> float:
        uses: dict[str, list[bool]] = {}
        for pr in work(replace(PLAN, adoption=adoption)):
            uses.setdefault(str(pr.initiator), []).append(pr.used_ai)
        shares = sorted(mean(used) for used in uses.values() if len(used) >= 30)
        return shares[-len(shares) // 10] - shares[len(shares) // 10]

    same = Adoption(people_differ=1.0, teams_differ=1.0)
    assert spread(same) < 0.25 < spread(Adoption(people_differ=3.0))


def test_cycle_time_rises_in_bad_weeks_and_only_then() -> None:
    company = generate(replace(PLAN, incidents=Incidents(a_year=4, slowdown=3.0)))
    start = min(pr.opened_at for pr in company.pull_requests())
    bad = {day for one in company.incidents for day in range(one.first, one.last + 1)}
    assert len(bad) >= 14
    made = [pr for pr in company.pull_requests() if pr.initiator]
    slow = [pr for pr in made if (pr.opened_at - start) // 86_400 in bad]
    calm = [pr for pr in made if (pr.opened_at - start) // 86_400 not in bad]
    assert cycle_h(slow) > 1.5 * cycle_h(calm)


def test_a_good_detective_is_right_more_often_than_a_bad_one() -> None:
    company = generate(PLAN)
    hits: dict[str, list[bool]] = {}
    for pr in company.pull_requests():
        for review in pr.reviews:
            if review.guess in ("yes", "no"):
                hits.setdefault(review.reviewer, []).append((review.guess == "yes") == pr.used_ai)
    skills = {person.login: person.skill for person in company.people}
    often = [login for login, all_hits in hits.items() if len(all_hits) >= 40]
    for login in often:
        assert mean(hits[login]) == pytest.approx(skills[login], abs=0.3)
    ranked = sorted(often, key=lambda login: skills[login])
    third = len(ranked) // 3
    bad, good = ranked[:third], ranked[-third:]
    assert (
        mean(mean(hits[login]) for login in good) > mean(mean(hits[login]) for login in bad) + 0.15
    )


def test_some_review_much_more_than_others() -> None:
    given: dict[str, int] = {}
    for pr in work(PLAN):
        for review in pr.reviews:
            given[review.reviewer] = given.get(review.reviewer, 0) + 1
    counts = sorted(given.values(), reverse=True)
    assert sum(counts[: len(counts) // 4]) > 0.4 * sum(counts)
