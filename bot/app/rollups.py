"""What `hunch facts` and `hunch rollups` do."""

from __future__ import annotations

from bot.app.services import Services
from bot.domain.facts import FactSettings
from bot.domain.ids import WorkspaceId
from bot.domain.runs import Trigger
from bot.use_cases import facts, runs
from bot.use_cases.facts import Standing
from bot.use_cases.rollups import REBUILD
from bot.use_cases.runs import AlreadyActive, Started
from jobs.rollups import WantedRebuilding

_OPERATOR = "operator"


async def rebuild(
    services: Services, workspace_id: WorkspaceId, *, with_facts: bool
) -> Started | AlreadyActive:
    """Start a run that makes all weeks anew, and before them all facts where that is wanted."""
    async with services.store.database.transaction(workspace_id, name="start_rebuild") as tx:
        params = WantedRebuilding(with_facts=with_facts)
        return await runs.start(
            tx, REBUILD, params, trigger=Trigger.PERSON, by=_OPERATOR, now=services.now()
        )


async def standing(services: Services, workspace_id: WorkspaceId) -> Standing:
    """How a workspace counts."""
    async with services.store.database.transaction(workspace_id, name="read_fact_settings") as tx:
        return await facts.standing(tx)


async def change_settings(
    services: Services, workspace_id: WorkspaceId, settings: FactSettings
) -> None:
    """Have a workspace count like this. Raises UserError for what makes no sense."""
    async with services.store.database.transaction(workspace_id, name="set_fact_settings") as tx:
        await facts.change_settings(tx, settings, actor=_OPERATOR, now=services.now())
