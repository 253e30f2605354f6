"""GitHub's tokens, keys, codes and states go through all of it, and lie nowhere in the open."""

from __future__ import annotations

import io
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.app.connections import connect_token
from bot.errors import Permanent, Retryable, UserError
from tests.databases import TestDatabase
from tests.scenario.github_support import an_office
from tests.scenario.test_planted_secrets import logged, places_of

__all__ = ["logged"]

pytestmark = pytest.mark.timeout(120)


async def test_nothing_of_githubs_is_in_any_table_backup_or_log(
    database: TestDatabase, logged: io.StringIO
) -> None:
    async with an_office(database) as office:
        stage, world = office.stage, office.server.world
        link = await office.admin.invited("home.connect_github")
        back = await office.admin.installs(link)
        assert (await office.admin.get(back)).status == 200
        await stage.quiet()
        async with office.visitor("person2") as visitor:
            proof = await visitor.signs_in(
                await visitor.set_out(await visitor.invited("home.claim"))
            )
            assert (await visitor.get(proof)).status == 200
        world.add_organisation("others", "person1-gh")
        world.add_repository("others/thing")
        good, bad = world.add_token("person1-gh", "others").value, "github_pat_that_opens_nothing"
        await connect_token(stage.services, stage.workspace_id, "others", good)
        with pytest.raises(UserError):
            await connect_token(stage.services, stage.workspace_id, "others", bad)
        await stage.quiet()
        number = await stage.value("SELECT connection_id FROM connections WHERE kind = 'token'")
        github = await stage.services.githubs.for_connection(stage.workspace_id, number)
        for status, error in ((500, Retryable), (404, Permanent), (401, Permanent)):
            office.server.fail("users/others", status=status, times=None)
            with pytest.raises(error):
                await github.get("users/others")
            office.server.mishaps.planned.clear()
        await stage.quiet()
        app, key = office.app, office.app.private_key.splitlines()[3]
        secrets = {app.client_secret, app.webhook_secret, key, good, bad}
        secrets |= {token.value for token in world.tokens}
        for address, names in ((link, ["ticket"]), (back, ["code", "state"]), (proof, ["code"])):
            secrets |= {parse_qs(urlsplit(address).query)[name][0] for name in names}
    assert len({token[:4] for token in secrets} & {"ghs_", "ghu_", "gith"}) == 3
    found = await places_of(secrets, database, logged)
    assert found == {"tables": set(), "backup": set(), "logs": set()}
