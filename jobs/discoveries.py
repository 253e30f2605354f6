"""Looks through a workspace's connections to GitHub, as a run: repositories, then people, then teams.

It runs after something was connected, every night before the sync, and when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.connections import Connection, ConnectionKind
from bot.domain.ids import WorkspaceId
from bot.domain.runs import Trigger, fix_for
from bot.errors import Permanent
from bot.integrations.github import organisations
from bot.ports import Database
from bot.ports.github import CredentialCheck, CredentialState, GitHub, GitHubClients
from bot.use_cases import discoveries, repositories
from bot.use_cases.discoveries import DISCOVER, Discovery
from jobs.pipelines import Done, More, NothingToDo, Outcome, Pipeline, Step, StepRun

WINDOW = timedelta(hours=2)
# Others have their turn in between, and the run can be cancelled there.
_TEAMS_AT_ONCE = 20
_NOT_CONNECTED = CredentialCheck(
    "GitHub", CredentialState.MISSING, "Connect GitHub in Hunch's Home tab, then try again."
)
_Look = Callable[[StepRun, Discovery, Connection, GitHub], Awaitable[Discovery]]


@dataclass(frozen=True, slots=True)
class Discoverer:
    """The steps of `github.discover`."""

    db: Database
    githubs: GitHubClients

    def pipeline(self) -> Pipeline:
        titles = {
            "repositories": ("Finding repositories", self.repositories),
            "people": ("Finding people", self.people),
            "teams": ("Finding teams", self.teams),
        }
        steps = [
            Step(name, title, work, takes=Discovery, gives=Discovery)
            for name, (title, work) in titles.items()
        ]
        return Pipeline(
            DISCOVER,
            "Look through GitHub",
            tuple(steps),
            window=WINDOW,
            credential=self.check,
            nightly=discoveries.nightly,
            asks=discoveries.WantedDiscovery,
        )

    async def check(self, workspace_id: WorkspaceId, _: Discovery) -> CredentialCheck:
        """One connection that works will do, best without lack; otherwise what is wrong with one.

        Those that did not work are asked about too: somebody may have mended them.
        """
        async with self.db.transaction(workspace_id, name="list_connections") as tx:
            found = await discoveries.all_connections(tx)
        checks = [await self.githubs.check(workspace_id, one.connection_id) for one in found]
        best = sorted(checks, key=lambda one: (not one.will_do, bool(one.fix)))
        return (*best, _NOT_CONNECTED)[0]

    async def repositories(self, run: StepRun, look: Discovery) -> Outcome:
        """Which repositories each connection shows; those the selection includes count at once,
        and are read as soon as all are known: at night the sync comes by itself."""
        outcome = await self._each(run, look, self._repositories, "repositories")
        if isinstance(outcome, Done) and run.trigger is not Trigger.CRON:
            async with run.transaction(name="read_found") as tx:
                await repositories.read_soon(tx, trigger=run.trigger, by=DISCOVER, now=run.now())
        return outcome

    async def people(self, run: StepRun, look: Discovery) -> Outcome:
        """Who is in the organisations; who no longer is has left, if all of them could be read."""
        began = look.model_copy(update={"began_at": look.began_at or run.now()})
        return await self._each(run, began, self._people, "people")

    async def teams(self, run: StepRun, look: Discovery) -> Outcome:
        """The organisations' teams, and who is in them."""
        return await self._each(run, look, self._teams, "teams")

    async def _each(self, run: StepRun, look: Discovery, work: _Look, what: str) -> Outcome:
        """One connection, or a part of one; the step goes on with the others."""
        async with run.transaction(name="list_connections") as tx:
            known = {one.connection_id: one for one in await discoveries.open_connections(tx)}
        left = tuple(known) if look.connections is None else look.connections
        todo = [one for one in left if one in known]
        if not todo:
            return self._end(look, what)
        here = look.model_copy(update={"connections": tuple(todo)})
        after = await self._one(run, here, known[todo[0]], work, alone=len(known) == 1)
        return More(after) if after.connections else self._end(after, what)

    async def _one(
        self, run: StepRun, look: Discovery, connection: Connection, work: _Look, *, alone: bool
    ) -> Discovery:
        try:
            github = await self.githubs.for_connection(run.workspace_id, connection.connection_id)
            return await work(run, look, connection, github)
        except Permanent as error:
            if alone and error.reason != "scope_missing":
                raise
            return _next(look, trouble=f"{connection.name}: {fix_for(error.reason)}")

    def _end(self, look: Discovery, what: str) -> Outcome:
        """The next step begins with all connections again."""
        if not look.counts and not look.troubles:
            return NothingToDo("GitHub is not connected, so there is nothing to look through.")
        output = look.model_copy(update={"connections": None, "teams": None})
        found = {name: n for name, n in look.counts.items() if name.startswith(what)}
        message = " ".join([f"{look.counts.get(what, 0)} {what}.", *look.troubles])
        return Done(output, message, found, partial=bool(look.troubles))

    async def _repositories(
        self, run: StepRun, look: Discovery, connection: Connection, github: GitHub
    ) -> Discovery:
        looked_at = run.now()
        by_token = connection.kind is ConnectionKind.TOKEN
        found = await organisations.repositories_of(github, connection.account, by_token=by_token)
        counts = look.counted(repositories=len(found))
        async with run.transaction(name="keep_repositories") as tx:
            gone = await discoveries.keep_repositories(
                tx, connection.connection_id, found, looked_at=looked_at
            )
            await run.report(tx, done=counts["repositories"], counts=counts)
        return _next(look, counts=counts | look.counted(repositories_gone=gone))

    async def _people(
        self, run: StepRun, look: Discovery, connection: Connection, github: GitHub
    ) -> Discovery:
        looked_at = run.now()
        found = await organisations.members_of(github, connection.account)
        counts = look.counted(people=len(found))
        after = _next(look, counts=counts)
        async with run.transaction(name="keep_people") as tx:
            await discoveries.keep_members(tx, found, looked_at=looked_at)
            if not after.connections and not look.troubles and look.began_at is not None:
                await discoveries.miss_members(tx, looked_at=look.began_at)
            await run.report(tx, done=counts["people"], counts=counts)
        return after

    async def _teams(
        self, run: StepRun, look: Discovery, connection: Connection, github: GitHub
    ) -> Discovery:
        if look.teams is None:
            return await self._list_teams(run, look, connection, github)
        now, later = look.teams[:_TEAMS_AT_ONCE], look.teams[_TEAMS_AT_ONCE:]
        for github_team_id, slug in now:
            looked_at = run.now()
            found = await organisations.team_members_of(github, connection.account, slug)
            async with run.transaction(name="keep_team") as tx:
                await discoveries.keep_team_members(tx, github_team_id, found, looked_at=looked_at)
        return look.model_copy(update={"teams": later}) if later else _next(look)

    async def _list_teams(
        self, run: StepRun, look: Discovery, connection: Connection, github: GitHub
    ) -> Discovery:
        looked_at = run.now()
        found = await organisations.teams_of(github, connection.account)
        counts = look.counted(teams=len(found))
        async with run.transaction(name="keep_teams") as tx:
            await discoveries.keep_teams(tx, connection.account, found, looked_at=looked_at)
            await run.report(tx, done=counts["teams"], counts=counts)
        teams = tuple((team.github_team_id, team.slug) for team in found)
        if not teams:
            return _next(look, counts=counts)
        return look.model_copy(update={"teams": teams, "counts": counts})


def _next(look: Discovery, *, counts: dict[str, int] | None = None, trouble: str = "") -> Discovery:
    """Done with the first connection."""
    return look.model_copy(
        update={
            "connections": (look.connections or ())[1:],
            "teams": None,
            "counts": look.counts if counts is None else counts,
            "troubles": (*look.troubles, trouble) if trouble else look.troubles,
        }
    )
