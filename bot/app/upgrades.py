"""Moving the PostgreSQL we bring along to its new major version."""

from __future__ import annotations

from bot import failpoints
from bot.app.databases import upgrade as migrate
from bot.errors import UserError
from bot.settings import Settings
from storage.dumps import Tell
from storage.upgrades import Upgraded, upgrade_cluster


async def upgrade_database(settings: Settings, *, tell: Tell) -> Upgraded | None:
    """Upgrade our own PostgreSQL's files and start them once; None if they are new already.

    Raises UserError with what to do. Killed in the middle, it can be run again.
    """
    if settings.database_url is not None:
        raise UserError(
            "DATABASE_URL is a PostgreSQL of your own: upgrade it as its documentation says "
            "(pg_upgrade). Hunch runs with 15 and newer ones."
        )
    failpoints.arm(settings.armed_failpoints)
    upgraded = await upgrade_cluster(settings.data_dir, tell=tell)
    await migrate(settings, with_post=False)
    return upgraded
