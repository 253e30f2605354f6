"""Reads pull requests from GitHub, as a run: every night, when somebody asks, after connecting.

First the repositories' pages: the first one of each, then some of each in turn. Then, many at once,
the pull requests that have more commits, reviews or turns than a page shows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import Any

from bot import log
from bot.domain.ids import RepositoryId, WorkspaceId
from bot.domain.runs import fix_for
from bot.errors import Permanent, Retryable, TooMuch
from bot.integrations.github import pull_requests
from bot.integrations.github.pull_requests import Again, Named, NotShown, Page
from bot.ports import Transaction
from bot.ports.github import CredentialCheck, GitHub, GitHubClients
from bot.use_cases import syncs
from bot.use_cases.syncs import SYNC, Glimpse, PageRead, Place, Sync, WantedSync
from jobs.pipelines import Done, More, NothingToDo, Outcome, Pipeline, Step, StepRun

_log = log.get("jobs.syncs")
WINDOW = timedelta(hours=2)
# Then others have their turn, and the run can be cancelled.
_PAGES_AT_ONCE = 8
# Kept in one transaction: so many have to be asked for again where a worker dies.
PAGES_TOGETHER = 4
# With a hundred commits each still less than 9,000 nodes.
_AGAIN_AT_ONCE = 48
_NOTHING = "No repository to read. Choose some in my Home tab, then start the sync again."


@dataclass(frozen=True, slots=True)
class Syncer:
    """The steps of `github.sync`; `check` looks at the credentials before."""

    githubs: GitHubClients
    check: Callable[[WorkspaceId, Any], Awaitable[CredentialCheck]]

    def pipeline(self) -> Pipeline:
        works = {
            "repositories": ("Choosing repositories", self.choose),
            "pages": ("Reading pull requests", self.read_pages),
            "long": ("Reading long pull requests", self.read_long),
        }
        steps = [
            Step(name, title, work, takes=Sync, gives=Sync) for name, (title, work) in works.items()
        ]
        return Pipeline(
            SYNC,
            "Sync with GitHub",
            tuple(steps),
            window=WINDOW,
            credential=self.check,
            nightly=syncs.nightly,
            asks=WantedSync,
        )

    async def choose(self, run: StepRun, sync: Sync) -> Outcome:
        """Which repositories are to be read, and how far back."""
        now = run.now()
        async with run.transaction(name="begin_passes") as tx:
            count = await syncs.begin(tx, sync, now=now)
        if count == 0:
            return NothingToDo(_NOTHING)
        began = sync.model_copy(update={"began_at": now})
        return Done(began, f"{count:,} repositories.", {"repositories": count})

    async def read_pages(self, run: StepRun, sync: Sync) -> Outcome:
        """The next pages of whichever repositories have waited longest."""
        left = _PAGES_AT_ONCE
        while left > 0:
            async with run.transaction(name="next_page") as tx:
                place = await syncs.next_place(tx, sync)
                so_far = await syncs.progress(tx)
            if place is None:
                counts = {"pull_requests": so_far.done, **_spent(sync)}
                return Done(sync, f"{so_far.done:,} pull requests.", counts)
            after = await self._read_on(run, sync, place)
            if after.troubles != sync.troubles or after.unread != sync.unread:
                return More(after)
            sync = after
            left -= _most_together(place)
        return More(sync)

    async def read_long(self, run: StepRun, sync: Sync) -> Outcome:
        """The next of those that a page could not show whole."""
        async with run.transaction(name="next_long") as tx:
            wanted = await syncs.next_glimpses(tx, sync, limit=_AGAIN_AT_ONCE)
            left = await syncs.count_glimpses(tx, sync)
            gone = await syncs.missed(tx, sync)
        if not wanted:
            return _end(sync, gone)
        return More(await self._read_again(run, sync, wanted, left))

    async def _read_on(self, run: StepRun, sync: Sync, place: Place) -> Sync:
        """The next pages are read and kept, and it is remembered why others cannot be."""
        try:
            github = await self.githubs.for_connection(run.workspace_id, place.connection_id)
            place = await _named(github, place)
        except Permanent as error:
            return await self._refused(run, sync, place, error)
        pages, stopped = await self._read(run, github, place)
        if pages:
            sync = await self._keep(run, github, sync, place, _joined(pages))
        match stopped:
            case NotShown():
                sync = await self._not_shown(run, sync, place, stopped)
            case Permanent():
                sync = await self._refused(run, sync, place, stopped)
            case Retryable():
                raise stopped
        return sync

    async def _read(
        self, run: StepRun, github: GitHub, place: Place
    ) -> tuple[Sequence[Page], NotShown | Permanent | Retryable | None]:
        """As many pages as are kept together, and what was in the way of the next one."""
        pages: list[Page] = []
        most = _most_together(place)
        while len(pages) < most and not (pages and _is_last(pages[-1], place)):
            try:
                page, place = await self._page(run, github, place)
            except (Permanent, Retryable) as error:
                return pages, error
            if isinstance(page, NotShown):
                return pages, page
            pages.append(page)
            place = replace(place, cursor=page.next_cursor)
        return pages, None

    async def _page(
        self, run: StepRun, github: GitHub, place: Place
    ) -> tuple[Page | NotShown, Place]:
        """The page, as large as GitHub can answer, and its place with that size."""
        while True:
            try:
                page = await pull_requests.read_page(
                    github, _name(place), cursor=place.cursor, size=place.page_size
                )
            except TooMuch:
                if place.page_size == 1:
                    return await _lean_page(github, place), place
            else:
                return page, place
            async with run.transaction(name="shrink_page") as tx:
                place = await syncs.shrink_page(tx, place)
            _log.info("sync.page_shrunk", repository_id=place.repository_id, size=place.page_size)

    async def _keep(
        self, run: StepRun, github: GitHub, sync: Sync, place: Place, page: Page
    ) -> Sync:
        after = _with(sync, points=sync.points + page.points, unread=sync.unread + page.unreadable)
        read = PageRead(
            page.full_name,
            place.node_id,
            page.snapshots,
            page.next_cursor,
            page.total,
            page.newest_at,
            page.oldest_at,
        )
        async with run.transaction(name="keep_page") as tx:
            missed = await syncs.keep_page(tx, place, read, sync, now=run.now())
            after = _with(after, missed=sync.missed + missed)
            await _report_pages(run, tx, github, after)
        return after

    async def _refused(self, run: StepRun, sync: Sync, place: Place, error: Permanent) -> Sync:
        """The place is lost, or the repository, or the connection with all behind it."""
        if pull_requests.is_lost_cursor(error):
            async with run.transaction(name="lose_place") as tx:
                await syncs.begin_again(tx, place, now=run.now())
            return sync
        if error.reason == "not_found":
            return await self._not_shown(run, sync, place, NotShown(forbidden=False, points=0))
        closed = _with(sync, closed=(*sync.closed, place.connection_id))
        async with run.transaction(name="next_page") as tx:
            others = await syncs.is_another_open(tx, closed)
        if not others:
            raise error
        return _with(closed, troubles=(*sync.troubles, fix_for(error.reason)))

    async def _not_shown(self, run: StepRun, sync: Sync, place: Place, page: NotShown) -> Sync:
        """GitHub says it is not there, or not for us; the others go on."""
        spent = _with(sync, points=sync.points + page.points)
        if page.forbidden:
            trouble = f"GitHub does not let us read {place.full_name}: check the App's permissions."
            aside = (*sync.aside, place.repository_id)
            return _with(spent, aside=aside, troubles=(*sync.troubles, trouble))
        async with run.transaction(name="miss_repository") as tx:
            await syncs.miss_repository(tx, place, now=run.now())
        return spent

    async def _read_again(
        self, run: StepRun, sync: Sync, wanted: Sequence[Glimpse], left: int
    ) -> Sync:
        try:
            github = await self.githubs.for_connection(run.workspace_id, wanted[0].connection_id)
            wanted, again = await _again(github, wanted)
        except Permanent as error:
            closed = _with(sync, closed=(*sync.closed, wanted[0].connection_id))
            async with run.transaction(name="next_long") as tx:
                others = await syncs.is_another_open(tx, closed)
            if not others:
                raise
            return _with(closed, troubles=(*sync.troubles, fix_for(error.reason)))
        after = _with(
            sync,
            after=wanted[-1].place,
            points=sync.points + again.points,
            unread=sync.unread + len(again.missing),
            reread=sync.reread + len(wanted),
        )
        async with run.transaction(name="keep_long") as tx:
            await syncs.keep_again(tx, wanted, again.snapshots, now=run.now())
            counts = _spent(after) | _left(github)
            total = sync.reread + left
            await run.report(tx, done=after.reread, total=total, counts=counts)
        return after


async def _named(github: GitHub, place: Place) -> Place:
    """The place with GitHub's name of its repository, asked for where nobody told it yet."""
    if place.node_id:
        return place
    found = await github.get(f"repos/{place.full_name}")
    if found["id"] != place.repository_id:
        raise Permanent("not_found")
    return replace(place, node_id=found["node_id"])


def _name(place: Place) -> Named:
    return Named(place.repository_id, place.node_id)


def _most_together(place: Place) -> int:
    """How many pages are kept together: the first one alone, so that there is something soon."""
    return PAGES_TOGETHER if place.cursor else 1


def _is_last(page: Page, place: Place) -> bool:
    """Whether all behind this page is here already, or is too old, or there is nothing."""
    is_far_enough = page.oldest_at is not None and page.oldest_at < place.until
    return page.next_cursor is None or is_far_enough


def _joined(pages: Sequence[Page]) -> Page:
    """Pages that follow each other, as if they were one."""
    return replace(
        pages[-1],
        snapshots=tuple(chain.from_iterable(page.snapshots for page in pages)),
        unreadable=sum(page.unreadable for page in pages),
        points=sum(page.points for page in pages),
    )


async def _lean_page(github: GitHub, place: Place) -> Page | NotShown:
    """A single pull request that was too much with its lists: without most of them."""
    try:
        return await pull_requests.read_page(
            github, _name(place), cursor=place.cursor, size=1, lean=True
        )
    except TooMuch as error:
        raise Retryable("GitHub could not answer in time") from error


async def _again(github: GitHub, wanted: Sequence[Glimpse]) -> tuple[Sequence[Glimpse], Again]:
    """As many of the wanted as GitHub can show at once; one that it cannot alone is missing."""
    longer = wanted[0].longer
    while True:
        ids = {one.node_id: one.key.repository_id for one in wanted}
        try:
            return wanted, await pull_requests.read_again(github, ids, longer=longer)
        except TooMuch:
            if len(wanted) == 1:
                return wanted, await _lean_again(github, ids)
            wanted = wanted[: len(wanted) // 2]


async def _lean_again(github: GitHub, ids: Mapping[str, RepositoryId]) -> Again:
    try:
        return await pull_requests.read_again(github, ids, longer=frozenset(), lean=True)
    except TooMuch:
        return Again((), tuple(ids), points=0)


async def _report_pages(run: StepRun, tx: Transaction, github: GitHub, sync: Sync) -> None:
    so_far = await syncs.progress(tx)
    where = f"{so_far.finished:,} of {so_far.repositories:,} repositories finished."
    counts = {"pull_requests": so_far.done, **_spent(sync), **_left(github)}
    await run.report(tx, done=so_far.done, total=so_far.total, counts=counts, message=where)


def _spent(sync: Sync) -> dict[str, int]:
    spent = {"points_used": sync.points, "unread": sync.unread}
    return spent | ({"missed": sync.missed} if sync.missed else {})


def _left(github: GitHub) -> dict[str, int]:
    return {} if github.budget is None else {"points_left": github.budget.remaining}


def _with(sync: Sync, **changes: object) -> Sync:
    return sync.model_copy(update=changes)


def _end(sync: Sync, gone: Sequence[str]) -> Done:
    """All was read that could be; what could not is said."""
    said = [*sync.troubles]
    if gone:
        said.append(f"GitHub shows these no longer: {', '.join(gone)}.")
    if sync.unread:
        said.append(
            f"GitHub failed to show {sync.unread:,} pull requests; the next sync asks again."
        )
    is_partial = bool(said)
    if not said:
        said.append(f"All is here. {sync.points:,} points of GitHub's budget used.")
    if sync.missed:
        said.append(f"Of {sync.missed:,} pull requests webhooks had not told everything.")
    return Done(sync, " ".join(said), _spent(sync), partial=is_partial)
