"""An operator connects workspaces and GitHub: once, to the right one, with what it takes."""

from __future__ import annotations

import pytest

from bot.app import Roles, operators, register_workspace
from bot.app.connections import connect_app
from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from bot.ports import TokenOwner
from bot.use_cases import installs, tokens
from bot.use_cases.tokens import BotToken
from handlers import webhooks
from tests.databases import TestDatabase
from tests.scenario.home_support import home_text, open_home
from tests.stage import Stage, set_stage


async def _other_workspace(stage: Stage) -> WorkspaceId:
    elsewhere = stage.slack.add_company("Other")
    other = WorkspaceId(elsewhere.team_id)
    services = stage.services
    async with services.store.database.transaction(other, name="test") as tx:
        owner = TokenOwner(other, "Other", elsewhere.bot_user)
        token, now = elsewhere.bot_token, stage.clock.now()
        await installs.register(tx, owner, token, vault=services.vault, now=now)
    return other


async def test_an_installation_of_one_workspace_is_not_taken_by_another(
    database: TestDatabase,
) -> None:
    async with set_stage(database, roles=Roles.SERVE) as stage:
        await connect_app(stage.services, stage.workspace_id, 4711)
        other = await _other_workspace(stage)
        with pytest.raises(UserError, match="connected to another workspace"):
            await connect_app(stage.services, other, 4711)


async def test_registering_again_with_the_same_token_changes_no_secret(
    database: TestDatabase,
) -> None:
    async with set_stage(database, roles=Roles.SERVE) as stage:
        secrets = (
            "SELECT purpose, ciphertext FROM secrets ORDER BY 1, 2"  # pragma: allowlist secret
        )
        before = await stage.rows(secrets), await stage.rows("SELECT audit_id FROM audits")
        assert await register_workspace(stage.services) == stage.workspace_id
        after = await stage.rows(secrets), await stage.rows("SELECT audit_id FROM audits")
        assert after == before


async def test_a_new_token_is_taken_over_and_audited(database: TestDatabase) -> None:
    async with set_stage(database, roles=Roles.SERVE) as stage:
        services = stage.services
        owner = TokenOwner(stage.workspace_id, "Acme", stage.installation.bot_user)
        async with stage.transaction() as tx:
            now = stage.clock.now()
            await installs.register(tx, owner, "xoxb-new", vault=services.vault, now=now)
        db, vault = services.store.database, services.vault
        found = await tokens.read(db, stage.workspace_id, vault=vault)
        assert found == BotToken(stage.workspace_id, "xoxb-new")
        actions = [row["action"] for row in await stage.rows("SELECT action FROM audits")]
        assert "workspace.token_changed" in actions


async def test_more_hooks_than_we_remember_are_asked_for_again(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_MOST_HOOKS", 1)
    async with set_stage(database, roles=Roles.SERVE) as stage:
        first = stage.github.hook
        made = await operators.connect_webhook(stage.services, stage.workspace_id)
        assert first is not None
        second = type(first)(stage.base_url + made.path, made.secret)
        for hook in (first, second, first):
            assert await stage.deliver("ping", {}, hook=hook) == 202


async def test_a_webhook_that_another_takes_the_place_of_is_closed_at_once(
    database: TestDatabase,
) -> None:
    async with set_stage(database, roles=Roles.SERVE) as stage:
        old = stage.github.hook
        assert old is not None
        assert await stage.deliver("ping", {}, hook=old) == 202
        beginning = old.url.rpartition("/")[2][:6]
        await operators.connect_webhook(stage.services, stage.workspace_id, instead_of=beginning)
        assert await stage.deliver("ping", {}, hook=old) == 404


async def test_unlinked_accounts_are_listed_for_the_operator(database: TestDatabase) -> None:
    async with set_stage(database, linked=False) as stage:
        await stage.merge("person3", "person2")
        await stage.quiet()
        listed = await operators.unlinked(stage.services, stage.workspace_id)
        assert sorted(listed) == ["person2-gh", "person3-gh"]


async def test_the_admins_home_lists_what_is_connected(database: TestDatabase) -> None:
    async with set_stage(database) as stage:
        await connect_app(stage.services, stage.workspace_id, 4711)
        await open_home(stage, "person1")
        home = home_text(stage, "person1")
        assert stage.github.hook is not None
        key = stage.github.hook.url.rpartition("/")[2]
        for line in ("*Slack*", f"*GitHub webhook* `{key[:6]}…`", "*GitHub App* `4711`"):
            assert f"{line}: connected" in home
        assert key not in home
