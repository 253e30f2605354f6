"""People of a generated company at work: they merge, and they answer an app, each in their way.

They do what people at the page can do (merge on GitHub, tap in Slack, type a command), through the
same doors and within the same limits. What they press is the app's own: who starts them says it.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from playground.companies.records import PullRequest
from playground.elements import elements
from playground.feed import Change
from playground.github import GitHub
from playground.records import Installation, Message
from playground.server import Playground

_PULL = re.compile(r"/pull/(\d+)")
_SHOWN = ("message.posted", "message.updated")


class Say(NamedTuple):
    """One thing somebody has to say: to which question, by which element, with which choice."""

    question: str
    action_id: str
    choice: str | None = None


Says = Callable[[PullRequest, str], Iterable[Say]]
"""What the person with this login has to say about a pull request, in this order."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things go, in seconds: merges in the first rush of `rush` and after it, answers.

    The command is typed after `command_after` merges.
    """

    rush: int = 40
    rush_s: float = 0.8
    later_s: float = 20.0
    answer_s: float = 2.0
    command_after: int = 12


class Players:
    """Plays work on a workspace's GitHub and answers for its people, as `says` has it.

    `command` is what the admin types once, after the app's slash command.
    """

    def __init__(
        self,
        slack: Playground,
        github: GitHub,
        installation: Installation,
        *,
        says: Says,
        command: str,
        pace: Pace,
        seed: int = 1,
    ) -> None:
        self._slack = slack
        self._github = github
        self._installation = installation
        self._says = says
        self._command = command
        self._pace = pace
        self._dice = random.Random(seed)  # nosec B311
        self._merged: dict[int, PullRequest] = {}
        self._done: set[tuple[str, int, str]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        people = slack.state.people(installation.team_id)
        self._logins = {user.id: user.github for user in people}

    async def run(self, work: Iterable[PullRequest]) -> None:
        """Merge everything in `work` at the pace, and answer until cancelled."""
        with self._slack.feed.subscribe() as changes:
            merging = asyncio.ensure_future(self._merge_all(work))
            try:
                async for change in changes:
                    self._look_at(change)
            finally:
                for task in (merging, *self._answering):
                    task.cancel()

    async def _merge_all(self, work: Iterable[PullRequest]) -> None:
        for count, pr in enumerate(self._playable(work)):
            await self._merge(pr)
            if count + 1 == self._pace.command_after:
                await self._open_up()
            in_rush = count < self._pace.rush
            await asyncio.sleep(self._pace.rush_s if in_rush else self._pace.later_s)

    def _playable(self, work: Iterable[PullRequest]) -> Iterator[PullRequest]:
        """What was merged by people who are in Slack."""
        here = set(self._logins.values())
        for pr in work:
            if pr.merged_at is not None and pr.initiator in here:
                yield pr

    async def _merge(self, pr: PullRequest) -> None:
        assert pr.initiator is not None
        how = {"title": pr.title, "sign": pr.sign}
        opened = await self._github.open(pr.repository, pr.initiator, **how)  # type: ignore[arg-type]
        self._merged[opened.number] = pr
        for review in pr.reviews:
            opened = await self._github.review(opened, review.reviewer, review.state)
        await self._github.merge(opened, by=pr.initiator)

    async def _open_up(self) -> None:
        """The admin types the command, and a few look at their Home."""
        people = self._slack.state.people(self._installation.team_id)
        admin = next(user for user in people if user.is_admin)
        name = self._slack.state.apps[self._installation.app_id].commands[0]
        await self._person(admin.id).command(name, self._command)
        for user in [admin, *people[1:6]]:
            await self._person(user.id).open_home()

    def _person(self, user_id: str) -> Any:
        return self._slack.person(user_id, team_id=self._installation.team_id)

    def _look_at(self, change: Change) -> None:
        """A question to somebody: they answer after a while."""
        team_id = self._installation.team_id
        channel = self._slack.state.channels.get((team_id, change.data.get("channel", "")))
        if change.kind not in _SHOWN or change.team_id != team_id or channel is None:
            return
        message = self._slack.state.find_message(team_id, channel.id, change.data["ts"])
        if channel.is_im and message is not None and message.bot_id:
            found = _PULL.search(str(message.blocks))
            pr = self._merged.get(int(found[1])) if found else None
            if pr is not None and found is not None:
                self._start(self._answer(channel.user, int(found[1]), pr, message))

    def _start(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(doing)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, user_id: str, number: int, pr: PullRequest, message: Message) -> None:
        await asyncio.sleep(
            min(8 * self._pace.answer_s, self._dice.expovariate(1) * self._pace.answer_s)
        )
        offered = {element.action_id for element in elements(message.blocks)}
        for question, action_id, choice in self._says(pr, self._logins.get(user_id, "")):
            if action_id in offered and (user_id, number, question) not in self._done:
                self._done.add((user_id, number, question))
                with suppress(LookupError):  # the message has changed meanwhile
                    await self._person(user_id).click(message, action_id, choice)
                return
