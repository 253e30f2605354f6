"""Generated companies: the same from the same seed, coherent in time, true to their plan."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.companies import company_with
from bot.domain.attributions import is_agent, is_service_bot, signals_of
from bot.domain.pull_requests import Actor, ActorKind
from bot.domain.surveys import AiAnswer, Guess, Rating, Rework, Tool
from playground.companies import Company, CompanyPlan, Person, PullRequest, generate
from playground.companies.signs import body_of, head_of
from playground.companies.webhooks import ended, webhooks
from playground.github.payloads import account
from playground.pull_requests import Sign

PLANS = st.builds(
    CompanyPlan,
    seed=st.integers(0, 10**6),
    people=st.integers(5, 60),
    days=st.integers(0, 120),
    starts_on=st.dates(date(2019, 1, 1), date(2027, 12, 31)),
    team_size=st.integers(2, 12),
    turnover=st.sampled_from((0.0, 0.15, 3.0)),
)
few = settings(max_examples=25, deadline=None)


def digest(company: Company) -> str:
    whole = hashlib.sha256(repr(company.people).encode())
    for pr in company.pull_requests():
        whole.update(repr(pr).encode())
    return whole.hexdigest()


def days_there(company: Company, person: Person, moment: int) -> int:
    """The day of the plan on which that moment is, where the person lives."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(person.tz))
    return (local.date() - company.plan.starts_on).days


@given(PLANS)
@few
def test_the_same_plan_gives_the_same_company(plan: CompanyPlan) -> None:
    assert digest(generate(plan)) == digest(generate(plan))


def test_the_same_plan_gives_the_same_company_on_every_python_and_machine() -> None:
    plan = CompanyPlan(seed=7, people=60, days=200, starts_on=date(2026, 1, 5))
    assert digest(generate(plan))[:16] == "cb2e001a593a810a"  # pragma: allowlist secret


def test_another_seed_gives_another_company() -> None:
    assert digest(generate(CompanyPlan(seed=1))) != digest(generate(CompanyPlan(seed=2)))


@given(PLANS)
@few
def test_every_pull_request_is_coherent_in_time(plan: CompanyPlan) -> None:
    company = generate(plan)
    ends_at = datetime.combine(plan.ends_on, datetime.min.time(), UTC).timestamp()
    before = 0
    for pr in company.pull_requests():
        assert pr.number == before + 1
        before = pr.number
        moments = [pr.opened_at, *(review.submitted_at for review in pr.reviews)]
        moments += [at for at in (pr.merged_at, pr.closed_at) if at is not None]
        assert moments == sorted(moments)
        assert moments[-1] < ends_at + (86_400 if len(moments) == 1 else 0)
        assert pr.merged_at is None or pr.closed_at is None
        assert pr.merged_at is None or not pr.reviews or pr.approvers


@given(PLANS)
@few
def test_nobody_reviews_their_own_or_acts_while_they_do_not_work_there(plan: CompanyPlan) -> None:
    company = generate(plan)
    people = {person.login: person for person in company.people}
    for pr in company.pull_requests():
        acts = [(review.reviewer, review.submitted_at) for review in pr.reviews]
        assert pr.initiator not in {who for who, _ in acts}
        if pr.initiator is not None:
            ends = [at for at in (pr.opened_at, pr.merged_at, pr.closed_at) if at is not None]
            acts += [(pr.initiator, at) for at in ends]
        for login, at in acts:
            person = people[login]
            assert person.joined_on <= days_there(company, person, at) < person.left_on


@given(st.integers(5, 5000), st.integers(0, 1000))
@few
def test_as_many_people_work_there_as_the_plan_says(people: int, seed: int) -> None:
    company = generate(CompanyPlan(seed=seed, people=people, days=400))
    assert len(company.here_on(0)) == people
    for label in ("login", "name"):
        assert len({getattr(person, label) for person in company.people}) == len(company.people)
    leads = {person.team for person in company.here_on(0) if person.is_lead}
    assert leads == {team.number for team in company.teams}


@pytest.mark.parametrize("wrong", [{"people": 4}, {"people": 5001}, {"days": -1}, {"team_size": 1}])
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"people|Days"):
        CompanyPlan(**wrong)  # type: ignore[arg-type]


def test_a_plan_can_end_on_any_day() -> None:
    plan = CompanyPlan().until(date(2026, 11, 20), days=30)
    assert (plan.ends_on, plan.days) == (date(2026, 11, 20), 30)


def year(**facts: object) -> list[PullRequest]:
    return list(generate(CompanyPlan(people=120, **facts)).pull_requests())  # type: ignore[arg-type]


def test_what_people_would_say_is_what_surveys_offer() -> None:
    for pr in year():
        assert pr.answer is None or (AiAnswer(pr.answer) is AiAnswer.NO) == (not pr.used_ai)
        assert Rework(pr.rework)
        assert not pr.tool or Tool(pr.tool)
        for review in pr.reviews:
            assert review.rating is None or Rating(review.rating)
            assert review.guess is None or Guess(review.guess)


def test_signs_are_what_hunch_recognises_and_nothing_else_is_one() -> None:
    seen: Counter[Sign] = Counter()
    for pr in year():
        seen[pr.sign] += 1
        facts = account(pr.author)
        actor = Actor(facts["login"], facts["id"], ActorKind(facts["type"].lower()))
        signals = signals_of(
            author_login=pr.author,
            body=body_of(pr.tool, pr.sign, pr.number),
            head_ref=head_of(pr.tool, pr.sign, pr.number),
            title=pr.title,
        )
        assert bool(signals) == (pr.sign not in (Sign.NONE, Sign.SERVICE_BOT)), (pr, signals)
        assert is_agent(actor) == (pr.sign is Sign.AGENT_ACCOUNT)
        assert is_service_bot(actor) == (pr.sign is Sign.SERVICE_BOT)
    assert set(seen) == set(Sign)


def test_webhooks_tell_a_pull_requests_life_in_order() -> None:
    for pr in year(days=20):
        told = list(webhooks(pr))
        assert [one.at for one in told] == sorted(one.at for one in told)
        assert told[0].payload["action"] == "opened"
        assert [one.event for one in told].count("pull_request_review") == len(pr.reviews)
        last = told[-1].payload
        assert (last["action"] == "closed") == bool(pr.merged_at or pr.closed_at)
        assert ended(pr).state == last["pull_request"]["state"]
        if pr.sign is Sign.AGENT_ACCOUNT:
            [assignee] = last["pull_request"]["assignees"]
            assert assignee["login"] == pr.initiator


def test_the_turn_of_the_year_is_quiet() -> None:
    christmas = int(datetime(2026, 12, 24, tzinfo=UTC).timestamp())
    weeks = Counter((pr.opened_at - christmas) // (7 * 86_400) for pr in year())
    assert weeks[0] * 3 < weeks[-2]


def test_people_leave_and_others_come() -> None:
    people = generate(CompanyPlan(people=200, days=730, turnover=0.2)).people
    left = sum(person.left_on < 730 for person in people)
    assert 0.5 * 80 < left < 1.5 * 80
    assert timedelta(days=min(p.left_on - p.joined_on for p in people)) >= timedelta(days=30)


@pytest.mark.parametrize("wanted", [10, 3000, 20_000])
def test_benchmarks_get_as_many_pull_requests_as_they_want(wanted: int) -> None:
    made = company_with(wanted).pull_requests()
    assert sum(1 for _ in islice(made, wanted)) == wanted
