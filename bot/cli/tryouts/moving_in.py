"""A generated company moves in: its last weeks as a past game, its years as history, the newest
work to be played through Hunch by its people."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from bot.app.services import Services
from bot.cli.terminal import say
from bot.cli.tryouts.pasts import keep_past
from bot.cli.tryouts.sayings import COMMAND, sayings
from bot.domain.ids import WorkspaceId
from bot.domain.leaderboards import WINDOW
from playground.companies import Company, PullRequest
from playground.companies.players import Pace, Players
from playground.companies.webhooks import ended
from playground.page import Page
from playground.records import Installation
from playground.server import Playground

_TO_PLAY = 400
_ON_THE_PAGE = 30
_KIND = "company.past"


@dataclass
class _HeldBack:
    """Hands a stream on, but for the newest pull requests."""

    made: Iterable[PullRequest]
    newest: deque[PullRequest] = field(default_factory=deque)

    def __iter__(self) -> Iterator[PullRequest]:
        for pr in self.made:
            self.newest.append(pr)
            if len(self.newest) > _TO_PLAY:
                yield self.newest.popleft()


async def move_in(
    services: Services,
    slack: Playground,
    page: Page,
    company: Company,
    installation: Installation,
    *,
    pace: Pace,
) -> None:
    """Store the company's past, once, and let its people work and answer until cancelled.

    What is stored as past opens no survey. Only the newest work goes through Hunch, at a pace
    that Slack's limits allow; the next start goes on where this one was.
    """
    workspace_id = WorkspaceId(installation.team_id)
    stream = _HeldBack(company.pull_requests())
    if slack.state.documents.get((_KIND, workspace_id)) is None:
        await _keep(services, slack, company, workspace_id, stream)
    else:
        await asyncio.to_thread(deque, stream, 0)
    github = page.github_of(workspace_id)
    players = Players(
        slack,
        github,
        installation,
        says=sayings,
        command=COMMAND,
        pace=pace,
        seed=company.plan.seed,
    )
    await players.run(_not_played(slack, workspace_id, stream.newest))


async def _keep(
    services: Services,
    slack: Playground,
    company: Company,
    workspace_id: WorkspaceId,
    stream: _HeldBack,
) -> None:
    began, plan = time.monotonic(), company.plan
    say(f"  {plan.name} moves in: {plan.people:,} people, {plan.days} days of work …")
    latest: deque[PullRequest] = deque(maxlen=_ON_THE_PAGE)
    db, since = services.store.database, services.now() - WINDOW
    count = await keep_past(db, workspace_id, _noting(stream, latest), game_since=since)
    for pr in latest:
        shown = ended(pr)
        slack.state.put_document(f"pull_request:{workspace_id}", shown.key, shown.as_document())
    slack.state.put_document(_KIND, workspace_id, {"played": 0})
    took_s = time.monotonic() - began
    say(f"  {count:,} pull requests are in, after {took_s:.1f} s. The newest are merged now.\n")


def _noting(made: Iterable[PullRequest], latest: deque[PullRequest]) -> Iterator[PullRequest]:
    for pr in made:
        latest.append(pr)
        yield pr


def _not_played(
    slack: Playground, workspace_id: WorkspaceId, work: Iterable[PullRequest]
) -> Iterator[PullRequest]:
    """What is left to play; how far it went is kept with the playground."""
    played = int(slack.state.documents[_KIND, workspace_id]["played"])
    for count, pr in enumerate(islice(work, played, None), start=played + 1):
        slack.state.put_document(_KIND, workspace_id, {"played": count})
        yield pr
