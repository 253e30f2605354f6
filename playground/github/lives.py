"""The life of one pull request of a generated past, drawn by dice: who, what, when, and how."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from playground.companies.names import TITLES
from playground.companies.signs import AGENTS, SERVICES, TOOLS, AiTool
from playground.github.node_ids import number_of
from playground.github.records import Plan
from playground.pull_requests import Commit, GivenReview, PullRequest, Turn, sha_of

_STRANGERS = [
    ["ada-lovelace", "Ada Lovelace", "ada@example.com"],
    ["ghopper", "Grace Hopper", "grace@example.com"],
    ["mjohnson", "Katherine Johnson", "katherine@example.com"],
    ["edijkstra", "Edsger Dijkstra", "edsger@example.com"],
    ["bliskov", "Barbara Liskov", "barbara@example.com"],
    ["kthompson", "Ken Thompson", "ken@example.com"],
]
_LABELS = ("bug", "feature", "docs", "chore", "refactoring", "performance")
_BODY = "What changes for people: see the title. Covered by tests."
_AGENT, _SERVICE, _AI = 0.05, 0.10, 0.36


class Moment(NamedTuple):
    """Which pull request, how it ended, and when it was last updated."""

    repository: str
    number: int
    state: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Life:
    """The dice of one pull request, and who there is."""

    rng: random.Random
    plan: Plan

    @property
    def people(self) -> list[list[str]]:
        return self.plan.people or _STRANGERS

    def person(self, *, but: str = "") -> list[str]:
        """Somebody; those named first do more."""
        there = [one for one in self.people if one[0] != but] or self.people
        return there[int(self.rng.random() ** 1.6 * len(there))]


class _Made(NamedTuple):
    """Who or what made it, and for whom."""

    author: str
    person: list[str]
    tool: AiTool | None
    is_agent: bool
    is_service: bool


def draw(moment: Moment, life: Life) -> PullRequest:
    """Draw a pull request with its commits, reviews and turns."""
    rng, made = life.rng, _maker(life)
    ended = moment.updated_at
    if rng.random() < 0.12:
        ended -= timedelta(minutes=rng.randint(5, 300))
    opened = ended - timedelta(hours=min(rng.lognormvariate(2.9, 1.2), 900), minutes=3)
    pr = _opened(moment, life, made, opened)
    pr.commits = _commits(pr, life, made, opened, ended)
    pr.reviews = _reviews(pr, life, made, opened, ended)
    _end(pr, moment, life, made, ended)
    pr.timeline = _timeline(pr, life, made, opened, ended)
    pr.updated_at = _written(moment.updated_at)
    return pr


def _maker(life: Life) -> _Made:
    person, dice = life.person(), life.rng.random()
    if dice < _AGENT:
        tool = life.rng.choice(AGENTS)
        return _Made(tool.account, person, tool, True, False)
    if dice < _SERVICE:
        return _Made(life.rng.choice(SERVICES), person, None, False, True)
    return _Made(person[0], person, life.rng.choice(TOOLS) if dice < _AI else None, False, False)


def _opened(moment: Moment, life: Life, made: _Made, opened: datetime) -> PullRequest:
    rng, number = life.rng, moment.number
    title, body, head = _texts(moment, life, made)
    added = min(int(rng.lognormvariate(3.6, 1.2)), 9000)
    return PullRequest(
        moment.repository,
        number,
        title,
        made.author,
        body,
        head,
        _written(opened),
        _written(opened),
        assignees=[made.person[0]] if made.is_agent else [],
        additions=added,
        deletions=int(added * rng.random()),
        changed_files=1 + added // 60,
        labels=_labels(life, made, head),
    )


def _texts(moment: Moment, life: Life, made: _Made) -> tuple[str, str, str]:
    """Title, description and branch."""
    rng, number = life.rng, moment.number
    title = f"{rng.choice(TITLES)} ({number})" if number % 3 else str(rng.choice(TITLES))
    if made.is_service:
        return f"Bump httpx from 0.{number % 30} to 0.{number % 30 + 1}", "", f"update/{number}"
    if number > 20 and rng.random() < 0.02:
        reverted = number - rng.randint(1, 20)
        title = f'Revert "{title}"'
        body = f"Reverts {moment.repository}#{reverted}"
        return title, body, f"revert-{reverted}-change"
    body = _BODY
    if made.tool is not None and made.tool.marker and rng.random() < 0.5:
        body = f"{body}\n\n{made.tool.marker}\n"
    kind = "hotfix" if rng.random() < 0.04 else made.person[0].partition("-")[0]
    prefix = made.tool.head if made.is_agent and made.tool and made.tool.head else kind
    return title, body, f"{prefix}/change-{number}"


def _labels(life: Life, made: _Made, head: str) -> list[str]:
    if made.is_service:
        return ["dependencies"]
    found = life.rng.sample(_LABELS, life.rng.choice((0, 0, 1, 1, 2)))
    return [*found, "hotfix"] if head.startswith("hotfix/") else found


def _times(rng: random.Random, count: int, since: datetime, until: datetime) -> list[datetime]:
    """`count` moments between two, in order."""
    span = (until - since).total_seconds()
    return [
        since + timedelta(seconds=share * span)
        for share in sorted(rng.random() for _ in range(count))
    ]


def _many(life: Life, page: int) -> int:
    """More than a page, for the few that are crowded; else 0."""
    return (
        life.rng.randint(page + 1, page * 5 // 2)
        if life.rng.random() < life.plan.crowded * 0.6
        else 0
    )


def _commits(
    pr: PullRequest, life: Life, made: _Made, opened: datetime, ended: datetime
) -> list[Commit]:
    rng = life.rng
    count = 1 if made.is_service else _many(life, 50) or min(1 + int(rng.expovariate(0.5)), 12)
    before = opened - timedelta(hours=min(rng.lognormvariate(1.5, 1.1), 200), minutes=1)
    times = [before, *_times(rng, count - 1, before, ended)]
    return [_commit(pr, life, made, place, at) for place, at in enumerate(times)]


def _commit(pr: PullRequest, life: Life, made: _Made, place: int, at: datetime) -> Commit:
    message = pr.title if place == 0 else f"Say it more simply, step {place}"
    tool = made.tool
    if tool is not None and tool.trailer and not made.is_agent and life.rng.random() < 0.7:
        message = f"{message}\n\n{tool.trailer}"
    login, name, email = made.person
    if made.is_agent or made.is_service:
        message = f"{message}\n\nCo-authored-by: {name} <{email}>" if made.is_agent else message
        login = name = made.author
        email = f"{number_of(login)}+{login}@users.noreply.github.com"
    sha = sha_of(pr.key, "commit", place)
    return Commit(sha, message, name, email, _written(at), _written(at), login)


def _reviews(
    pr: PullRequest, life: Life, made: _Made, opened: datetime, ended: datetime
) -> list[GivenReview]:
    rng = life.rng
    count = _many(life, 30) or rng.choice((0, 1, 1, 1, 1, 2, 2, 3, 4))
    found = []
    for place, at in enumerate(_times(rng, count, opened, ended)):
        reviewer = life.person(but=made.person[0])[0]
        state = "approved" if place == count - 1 else rng.choice(("commented", "changes_requested"))
        if place == 0 and rng.random() < 0.08:
            reviewer, state = "coderabbitai[bot]", "commented"
        number = number_of(f"{pr.key}/{place}")
        found.append(GivenReview(number, reviewer, state, _written(at)))
    return found


def _end(pr: PullRequest, moment: Moment, life: Life, made: _Made, ended: datetime) -> None:
    if moment.state == "OPEN":
        pr.draft = life.rng.random() < 0.3
        return
    pr.state, pr.closed_at = "closed", _written(ended)
    if moment.state == "MERGED":
        pr.merged_at = pr.closed_at
        pr.merged_by = made.person[0] if life.rng.random() < 0.7 else life.person()[0]


def _timeline(
    pr: PullRequest, life: Life, made: _Made, opened: datetime, ended: datetime
) -> list[Turn]:
    rng, who = life.rng, made.person[0]
    span, turns = ended - opened, []
    if rng.random() < 0.15 and not pr.draft:
        turns.append(Turn("ready_for_review", who, _written(opened + span * 0.2)))
    if pr.reviews and rng.random() < 0.6:
        asked = pr.reviews[0].reviewer
        turns.append(Turn("review_requested", who, _written(opened + span * 0.25), asked))
    if rng.random() < 0.03:
        turns.append(Turn("head_ref_force_pushed", who, _written(opened + span * 0.4)))
    if rng.random() < 0.01:
        turns.append(Turn("closed", who, _written(opened + span * 0.5)))
        turns.append(Turn("reopened", who, _written(opened + span * 0.6)))
    if pr.merged_at:
        turns.append(Turn("merged", pr.merged_by or who, pr.merged_at))
    if pr.closed_at:
        turns.append(Turn("closed", pr.merged_by or who, pr.closed_at))
    return turns


def _written(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"
