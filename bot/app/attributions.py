"""What `hunch attributions` does."""

from __future__ import annotations

from bot.app.services import Services
from bot.domain.ids import WorkspaceId
from bot.domain.runs import Trigger
from bot.use_cases import attributions, runs
from bot.use_cases.attributions import OPERATOR, REPROCESS, Corrected, Seen, ToldReport
from bot.use_cases.runs import AlreadyActive, Started
from jobs.attributions import WantedReprocessing


async def reprocess(
    services: Services, workspace_id: WorkspaceId, *, everything: bool
) -> Started | AlreadyActive:
    """Start a run that judges again what older rules have judged, or everything."""
    async with services.store.database.transaction(workspace_id, name="start_reprocessing") as tx:
        return await runs.start(
            tx,
            REPROCESS,
            WantedReprocessing(everything=everything),
            trigger=Trigger.PERSON,
            by=OPERATOR,
            now=services.now(),
        )


async def show(services: Services, workspace_id: WorkspaceId, reference: str) -> Seen:
    """The evidence about one pull request, `owner/name#12`."""
    async with services.store.database.transaction(workspace_id, name="show_attribution") as tx:
        return await attributions.show(tx, reference)


async def correct(
    services: Services, workspace_id: WorkspaceId, reference: str, rule: str, *, undo: bool
) -> Corrected:
    """Say that a rule's match was wrong there, or take that back; the author is told."""
    async with services.store.database.transaction(workspace_id, name="correct_attribution") as tx:
        return await attributions.correct(tx, reference, rule, undo=undo, now=services.now())


async def report(services: Services, workspace_id: WorkspaceId) -> ToldReport:
    """How good the rules are, by what authors answered."""
    async with services.store.database.transaction(workspace_id, name="report_attributions") as tx:
        return await attributions.report_rules(tx, now=services.now())
