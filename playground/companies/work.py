"""A company's pull requests, day after day, as a stream."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from playground.companies.calendars import Calendar, season
from playground.companies.lives import LINES, Day, Lives
from playground.companies.names import TITLES
from playground.companies.people import Person, Team
from playground.companies.plans import CompanyPlan
from playground.companies.records import PullRequest
from playground.companies.rosters import Roster
from playground.companies.signs import AGENTS, SERVICES, TOOLS, possible_signs
from playground.pull_requests import Sign

_SIGNS = tuple(possible_signs(tool) for tool in TOOLS)
_REWORK = ("none", "little", "much")


class _Made(NamedTuple):
    """Who or what wrote it, what shows of that, and what its author would say."""

    author: str
    used_ai: bool
    tool: str
    sign: Sign
    answer: str | None


class Work:
    """Draws the pull requests of a plan's days, in the order in which they are opened."""

    def __init__(self, plan: CompanyPlan, people: Sequence[Person], teams: Sequence[Team]) -> None:
        self._plan = plan
        self._rng = random.Random(f"{plan.seed}/work")  # nosec B311
        self._roll = self._rng.random
        self._lives = Lives(plan, self._rng)
        self._calendar = Calendar(plan, sorted({one.tz for one in people}))
        self._teams = teams
        self._rosters = [Roster([one for one in people if one.team == t.number]) for t in teams]
        self._people = {one.login: one for one in people}
        self._reverts: dict[tuple[int, int], list[PullRequest]] = {}
        self._count = 0

    def run(self) -> Iterator[PullRequest]:
        """All pull requests; only a day's are held at once, and those that will be reverted."""
        ends = self._plan.ends_on
        ends_at = int(datetime(ends.year, ends.month, ends.day, tzinfo=UTC).timestamp())
        for number in range(self._plan.days):
            calendar = self._calendar
            weekday, slow = calendar.weekday(number), calendar.slowdown(number)
            share = self._share(number)
            day = Day(number, weekday, calendar.midnights(number), slow, share, ends_at)
            drafts = [draft for team in self._teams for draft in self._of_team(team, day)]
            drafts.sort(key=_opened_at)
            for draft in drafts:
                self._count += 1
                made = PullRequest._make((self._count, *draft[1:]))
                self._perhaps_revert(made, day)
                yield made

    def _of_team(self, team: Team, day: Day) -> Iterator[PullRequest]:
        roster = self._rosters[team.number]
        roster.look(day.number)
        pace = roster.pace(day.weekday) * season(self._calendar.date(day.number))
        expected = pace * self._plan.a_week / 5
        for _ in range(int(expected + self._roll())):
            yield self._by_person(roster.author(day.weekday, self._roll()), team, roster, day)
        if expected > 0 and self._plan.service_bots > 0:
            for _ in range(int(expected * self._plan.service_bots + self._roll())):
                yield self._by_service(team, roster, day)
        for reverted in self._reverts.pop((day.number, team.number), ()):
            revert = self._revert(reverted, team, roster, day)
            if revert is not None:
                yield revert

    def _by_person(self, who: Person, team: Team, roster: Roster, day: Day) -> PullRequest:
        roll, adoption = self._roll, self._plan.adoption
        author, sign, tool, answer = who.login, Sign.NONE, "", "no"
        used_ai = roll() < min(0.97, day.ai_share * who.ai)
        if used_ai:
            tool = TOOLS[who.tool].key
            answer = "wrote" if roll() < adoption.wrote_most else "helped"
            if roll() < adoption.by_agents:
                agent = AGENTS[who.tool % len(AGENTS)]
                author, sign = agent.account, Sign.AGENT_ACCOUNT
                tool, answer = agent.key, "wrote"
            elif roll() < adoption.shows and _SIGNS[who.tool]:
                sign = _SIGNS[who.tool][int(roll() * len(_SIGNS[who.tool]))]
        said = answer if roll() < who.answers else None
        return self._live(who, team, roster, day, _Made(author, used_ai, tool, sign, said))

    def _share(self, day: int) -> float:
        """How much of the work AI helps with by that day: slowly, then faster, then settled."""
        adoption, way = self._plan.adoption, day / max(1, self._plan.days)
        risen = way * way * (3 - 2 * way)
        return adoption.at_start + (adoption.at_end - adoption.at_start) * risen

    def _live(self, who: Person, team: Team, roster: Roster, day: Day, made: _Made) -> PullRequest:
        roll, used_ai = self._roll, made.used_ai
        opened_at = day.midnights[who.tz] + who.starts_h * 3600 + int(roll() * who.hours * 3600)
        reviewed = self._lives.review(who, roster, day, opened_at, used_ai=used_ai)
        merged_at, closed_at = self._end(who, day, reviewed.done_at, used_ai)
        rework = min(2, reviewed.rounds - 1 + int(roll() * 1.4)) if reviewed.rounds else 0
        added = self._lines(who, 38, used_ai)
        return PullRequest(
            0,
            team.repositories[int(roll() * len(team.repositories))],
            TITLES[int(roll() * len(TITLES))],
            made.author,
            who.login,
            team.number,
            opened_at,
            reviewed.reviews,
            merged_at,
            closed_at,
            added,
            self._lines(who, 14, used_ai),
            1 + min(added // 40, 60),
            1 + int(roll() * 3) + rework * 2,
            used_ai,
            made.tool,
            made.sign,
            made.answer,
            _REWORK[rework],
            None,
        )

    def _end(
        self, who: Person, day: Day, done_at: int | None, used_ai: bool
    ) -> tuple[int | None, int | None]:
        """When it was merged, or closed without; one in twenty is."""
        if done_at is None:
            return None, None
        lives = self._lives
        moment = lives.work(who, day, done_at, lives.wait_s(0.7, day, used_ai=used_ai))
        return (moment, None) if self._roll() > 0.05 else (None, moment)

    def _lines(self, who: Person, around: int, used_ai: bool) -> int:
        factor = self._plan.effects.size if used_ai else 1.0
        return int(LINES[int(self._roll() * 1024)] * around * who.size * factor)

    def _perhaps_revert(self, pr: PullRequest, day: Day) -> None:
        """A person's merge may turn out wrong; it is then taken back soon after."""
        if pr.merged_at is None or pr.initiator is None or pr.reverts is not None:
            return
        chance = 0.015 * (self._plan.effects.reverts if pr.used_ai else 1.0)
        if self._roll() < chance:
            who = self._people[pr.initiator]
            later = day.number + 1 + (pr.merged_at - day.midnights[who.tz]) // 86_400
            self._reverts.setdefault((later, pr.team), []).append(pr)

    def _revert(self, pr: PullRequest, team: Team, roster: Roster, day: Day) -> PullRequest | None:
        who = self._people[pr.initiator or ""]
        if not who.is_here(day.number):
            return None
        made = self._live(who, team, roster, day, _Made(who.login, False, "", Sign.NONE, "no"))
        return made._replace(
            title=f"Revert “{pr.title}”",
            repository=pr.repository,
            additions=pr.deletions,
            deletions=pr.additions,
            changed_files=pr.changed_files,
            commits=1,
            rework="none",
            reverts=pr.number,
        )

    def _by_service(self, team: Team, roster: Roster, day: Day) -> PullRequest:
        service = SERVICES[int(self._roll() * len(SERVICES))]
        keeper = roster.author(day.weekday, self._roll())
        made = _Made(service, False, "", Sign.SERVICE_BOT, None)
        bumped = self._live(keeper, team, roster, day, made)
        title = "Bump the lockfile"
        return bumped._replace(initiator=None, title=title, commits=1, rework="none")


def _opened_at(pr: PullRequest) -> int:
    return pr.opened_at
