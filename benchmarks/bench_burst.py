"""From merge to direct message, through two processes: `python -m benchmarks.bench_burst`.

A burst of 300 merges in 20 workspaces reaches a Slack that enforces its limits: the last message
is there no later than 1.2 times what the limits alone allow. Without limits, at a steady 50 merges
a second, the 99th percentile from the webhook to the message is under a second.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.grounds import environment, free_port, install, postgres, process, services
from benchmarks.tables import Row, show
from bot.app import Services, operators
from bot.domain.ids import WorkspaceId
from bot.use_cases import games, members
from playground.feed import Change
from playground.github import GitHub, Hook
from playground.limits import MESSAGES_PER_CHANNEL, SPECIAL, Limit
from playground.pull_requests import PullRequest
from playground.server import Playground

WORKSPACES = 20
# Few enough for Slack's pace in each channel to count; for the steady stream so many that it does not.
PEOPLE = 4
PEOPLE_UNHURRIED = 12
MERGES = 300
STEADY_PER_S = 50
STEADY_S = 10
_TWO_MESSAGES = 2


@dataclass
class Town:
    """Workspaces with people who are linked, and what was posted to them when."""

    slack: Playground
    port: int
    people: int
    hooks: dict[WorkspaceId, Hook] = field(default_factory=dict)
    posted_at: dict[str, list[float]] = field(default_factory=dict)
    targets: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, change: Change) -> None:
        """Remember when a message about a pull request arrived."""
        if change.kind != "message.posted":
            return
        team, channel = change.team_id, change.data["channel"]
        message = self.slack.state.messages[team, channel][change.data["ts"]]
        title = message.text.partition("“")[2].partition("”")[0]
        self.posted_at.setdefault(f"{team} {title}", []).append(time.perf_counter())
        self.targets[team, channel] += 1


@asynccontextmanager
async def town(*, limits: bool, people: int) -> AsyncIterator[Town]:
    """Everything up: PostgreSQL, the simulated Slack, one `serve` and one `work`."""
    async with (
        postgres() as server,
        Playground.start(limits=limits, echo=False) as slack,
        services(server) as opened,
    ):
        place = Town(slack, free_port(), people)
        for number in range(WORKSPACES):
            await _settle(opened, place, WorkspaceId(f"TB{number:03}"))
        slack.feed.listen(place.note)
        env = environment(server, place.port, SLACK_API_URL=slack.api_url)
        async with (
            process(["-m", "bot", "serve"], place.port, env),
            process(["-m", "bot", "work"], None, env),
        ):
            yield place


async def _settle(opened: Services, place: Town, workspace_id: WorkspaceId) -> None:
    there = place.slack.add_company(people=place.people, team_id=workspace_id)
    await install(opened, workspace_id, there.bot_token)
    people = place.slack.state.people(workspace_id)
    users = [user.as_slack() for user in people]
    now = opened.desk.now()
    async with opened.store.database.transaction(workspace_id, name="bench") as tx:
        await members.keep_profiles(tx, users, now=now)
        for user in people:
            if not user.is_bot:
                login = members.normalized_login(f"{user.name}-gh")
                await members.link(tx, user.id, login, actor="bench", source="admin", now=now)
        await tx.execute(
            "UPDATE members SET quiet_start_h = 0, quiet_end_h = 0, quiet_weekends = false"
        )
        admin = next(user.id for user in people if user.is_admin)
        await games.change(
            tx,
            admin,
            now=now,
            switched_on_at=now.replace(year=now.year - 1),
            daily_budget=50,
            weekly_budget=50,
        )
        tx.jobs.clear()
    hook = await operators.connect_webhook(opened, workspace_id)
    url = f"http://127.0.0.1:{place.port}{hook.path}"
    place.hooks[workspace_id] = Hook(url, hook.secret)


async def _story(place: Town, workspace_id: WorkspaceId, number: int) -> tuple[GitHub, PullRequest]:
    """A pull request opened by one person and approved by the next, in a quiet hour before."""
    github = GitHub(place.slack.state, place.hooks[workspace_id])
    author, approver = (f"person{(number + n) % place.people + 1}-gh" for n in (0, 1))
    pr = await github.open(f"bench/{workspace_id.lower()}", author, title=f"Change {number}")
    return github, await github.review(pr, approver)


async def _stories(place: Town, count: int) -> list[tuple[str, GitHub, PullRequest, str]]:
    teams = sorted(place.hooks)
    made = []
    for number in range(count):
        team = teams[number % len(teams)]
        turn = number // len(teams)
        github, pr = await _story(place, team, turn)
        made.append((f"{team} Change {turn}", github, pr, f"person{turn % place.people + 1}-gh"))
    return made


async def burst() -> Row:
    """All merges at once; ours and what the limits alone allow, in seconds."""
    async with town(limits=True, people=PEOPLE) as place:
        stories = await _stories(place, MERGES)
        began = time.perf_counter()
        await asyncio.gather(*(github.merge(pr, by=by) for _, github, pr, by in stories))
        await _until_all(place, [key for key, *_ in stories])
        last = max(at for times in place.posted_at.values() for at in times)
        return Row(
            f"{MERGES} merges in {WORKSPACES} workspaces, s, beside the limits alone",
            [last - began],
            [_allowed_s(place)],
            "<",
            1.2,
        )


def _allowed_s(place: Town) -> float:
    """When the last message could be there if nothing but Slack's limits took time."""
    teams: Counter[str] = Counter()
    for (team, _), count in place.targets.items():
        teams[team] += count
    channels = max(_least_s(MESSAGES_PER_CHANNEL, n) for n in place.targets.values())
    return max(channels, *(_least_s(SPECIAL["chat.postMessage"], n) for n in teams.values()))


def _least_s(limit: Limit, count: int) -> float:
    return max(0, count - limit.burst) * 60 / limit.per_minute


async def steady() -> Row:
    """A steady stream without limits: from the webhook sent to its last message, p99 in s."""
    async with town(limits=False, people=PEOPLE_UNHURRIED) as place:
        stories = await _stories(place, STEADY_PER_S * STEADY_S)
        sent: dict[str, float] = {}
        tasks = []
        began = time.perf_counter()
        for number, (key, github, pr, by) in enumerate(stories):
            await asyncio.sleep(max(0.0, began + number / STEADY_PER_S - time.perf_counter()))
            sent[key] = time.perf_counter()
            tasks.append(asyncio.create_task(github.merge(pr, by=by)))
        await asyncio.gather(*tasks)
        await _until_all(place, list(sent))
        waits = sorted(max(place.posted_at[key]) - at for key, at in sent.items())
    p99 = waits[int(0.99 * len(waits))]
    return Row("merge to message at 50 merges/s, p99 s (goal: 1 s)", [p99], [1.0], "<", 1.0)


async def _until_all(place: Town, keys: Sequence[str], *, timeout_s: float = 120.0) -> None:
    def all_there() -> bool:
        return all(len(place.posted_at.get(key, [])) == _TWO_MESSAGES for key in keys)

    await place.slack.until(all_there, timeout_s=timeout_s)


async def measure() -> list[Row]:
    return [await burst(), await steady()]


if __name__ == "__main__":
    show(asyncio.run(measure()))
