"""Connecting GitHub from the terminal, and what the terminal says about connections."""

from __future__ import annotations

import argparse
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.app.connections import connect_app, connect_token, list_githubs
from bot.app.doctor import run_check
from bot.app.doctor.github_apps import check
from bot.app.doctor.visits import Visit
from bot.app.githubs import GitHubsByConnection
from bot.app.processes import Roles
from bot.cli import connect, installs
from bot.domain.connections import ConnectionState, Finding
from bot.errors import Permanent, UserError
from bot.use_cases import connections, departures
from tests.databases import TestDatabase
from tests.scenario.github_support import Office, an_office


@pytest.fixture
async def office(database: TestDatabase) -> AsyncIterator[Office]:
    async with an_office(database, roles=Roles.SERVE) as office:
        yield office


def words(**given: object) -> argparse.Namespace:
    return argparse.Namespace(workspace=None, **given)


async def test_a_token_is_kept_only_if_it_opens_enough(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services, world = office.stage.services, office.server.world
    poor = world.add_token("person1-gh", "acme", permissions={"metadata": "read"})
    good = world.add_token(
        "person1-gh", "acme",
        permissions={"metadata": "read", "contents": "read", "pull_requests": "read"},
    )  # fmt: skip
    with pytest.raises(UserError, match="Missing: contents:read, members:read, pull_requests"):
        await connect_token(services, office.stage.workspace_id, "acme", poor.value)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{good.value}\n"))
    await connect._connect_token(services, words(account="Acme"))
    said = capsys.readouterr().out
    assert "The token opens acme" in said
    assert "members:read" in said, "it will do, and lacks something"
    assert good.value not in said
    await installs._list(services, words())
    assert "GitHub token on acme lacks a permission; Edit the token" in capsys.readouterr().out


async def test_no_token_is_no_mistake_of_githubs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(UserError, match="No token was given"):
        await connect._connect_token(office.stage.services, words(account="acme"))
    office.server.fail("users/acme", status=500)
    with pytest.raises(UserError, match="cannot be asked about the token"):
        await connect_token(office.stage.services, office.stage.workspace_id, "acme", "x")


async def test_an_installation_is_connected_as_github_describes_it(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    services, here = office.stage.services, office.stage.workspace_id
    with pytest.raises(UserError, match="GitHub shows the App no installation 4711"):
        await connect_app(services, here, 4711)
    installed = office.server.world.put_installation(office.app, "acme")
    installed.permissions.pop("members")
    await connect._connect_app(services, words(installation=installed.id))
    assert "(acme) is connected" in (said := capsys.readouterr().out)
    assert "An owner of acme accepts" in said
    token = office.server.world.add_token("person1-gh", "acme")
    with pytest.raises(UserError, match="no token is needed"):
        await connect_token(services, here, "acme", token.value)
    office.server.fail("app/installations", status=500)
    with pytest.raises(UserError, match="cannot be asked about the installation"):
        await connect_app(services, here, installed.id)
    (kept,) = await list_githubs(services, here)
    assert (kept.account, kept.missing, kept.opens) == ("acme", ("members:read",), True)


async def test_the_app_takes_the_place_of_a_token(office: Office) -> None:
    services, here = office.stage.services, office.stage.workspace_id
    token = office.server.world.add_token("person1-gh", "acme")
    first = await connect_token(services, here, "acme", token.value)
    installed = office.server.world.put_installation(office.app, "acme")
    second = await connect_app(services, here, installed.id)
    assert second is not None
    assert first.connection_id == second.connection_id
    gone = "SELECT count(*) FROM secrets WHERE purpose = 'github.token'"
    assert await office.stage.value(gone) == 0


async def test_the_doctor_asks_github_about_the_app(office: Office) -> None:
    services = office.stage.services
    visit = Visit(services.settings, services.session, pool=services.store.pool)
    assert [one.text for one in await run_check(check, visit)] == ["GitHub knows the App hunch"]
    await connect_app(
        services,
        office.stage.workspace_id,
        office.server.world.put_installation(office.app, "acme").id,
    )
    assert (await run_check(check, visit))[-1].text == "1 connections work"
    await office.stage.value("UPDATE connections SET state = 'suspended' RETURNING 1")
    assert (await run_check(check, visit))[-1].text == "1 connections do not work"
    office.app.permissions.pop("contents")
    assert "does not ask for contents:read" in str(await run_check(check, visit))
    office.server.fail("v3/app", status=500)
    assert "cannot be asked" in str(await run_check(check, visit))
    office.server.fail("v3/app", status=401, message="A JSON web token could not be decoded")
    assert "does not take the App's key" in str(await run_check(check, visit))
    for missing in ("github_webhook_secret", "github_client_id"):
        bare = services.settings.model_copy(update={missing: None})
        said = await run_check(check, Visit(bare, services.session))
        assert missing.upper() in str(said)
    without = services.settings.model_copy(update={"github_app_id": None})
    assert await run_check(check, Visit(without, services.session)) == []


async def test_a_token_whose_key_is_missing_is_no_revoked_token(office: Office) -> None:
    services, here = office.stage.services, office.stage.workspace_id
    token = office.server.world.add_token("person1-gh", "acme", lasts_s=3 * 86_400)
    kept = await connect_token(services, here, "acme", token.value)
    soon = await services.githubs.check(here, kept.connection_id)
    assert (soon.state, soon.will_do) == ("expires_soon", True)
    assert "make a new one before" in soon.fix
    spoil = "UPDATE secrets SET ciphertext = 'x' WHERE purpose = 'github.token' RETURNING 1"
    await office.stage.value(spoil)
    services.githubs._clients.clear()
    locked = await services.githubs.check(here, kept.connection_id)
    assert (locked.state, locked.fix[:14]) == ("missing", "No key opens i")
    assert await office.connection() == "active"
    async with office.stage.transaction() as tx:
        listed = await connections.list_connections(tx, vault=services.vault)
    assert [one.title for one in listed if not one.connected] == ["GitHub token acme"]


async def test_without_the_app_nothing_is_learnt_of_its_installations(office: Office) -> None:
    services, here = office.stage.services, office.stage.workspace_id
    installed = office.server.world.put_installation(office.app, "acme")
    kept = await connect_app(services, here, installed.id)
    assert kept is not None
    without = GitHubsByConnection(
        services.store, services.vault, None, api_url=services.settings.github_api_url,
        session=services.session, now=services.now,
    )  # fmt: skip
    assert "GITHUB_APP_ID" in (await without.check(here, kept.connection_id)).fix
    assert without.for_app() is None
    with pytest.raises(Permanent, match="no_app"):
        await without.for_connection(here, kept.connection_id)
    with pytest.raises(Permanent, match="no_app"):
        without.for_installation(installed.id)
    with pytest.raises(Permanent, match="gone"):
        await without.for_connection(here, 4711)


async def test_tokens_go_with_the_workspace_at_once(office: Office) -> None:
    services, here = office.stage.services, office.stage.workspace_id
    token = office.server.world.add_token("person1-gh", "acme")
    kept = await connect_token(services, here, "acme", token.value)
    async with office.stage.transaction() as tx:
        await departures.leave(tx, vault=services.vault, now=services.now())
    left = "SELECT purpose FROM secrets WHERE purpose LIKE 'github.%token%'"
    assert await office.stage.rows(left) == []
    services.githubs._clients.clear()
    assert (await services.githubs.check(here, kept.connection_id)).state == "revoked"


async def test_a_renamed_organisation_keeps_its_connection(office: Office) -> None:
    services, here = office.stage.services, office.stage.workspace_id
    installed = office.server.world.put_installation(office.app, "acme")
    first = await connect_app(services, here, installed.id)
    await office.server.people.rename_organisation("acme", "acme-inc")
    again = await connect_app(services, here, installed.id)
    assert first is not None
    assert again is not None
    assert (again.connection_id, again.account) == (first.connection_id, "acme-inc")


async def test_of_two_looks_at_once_the_later_question_counts(office: Office) -> None:
    services, here = office.stage.services, office.stage.workspace_id
    installed = office.server.world.put_installation(office.app, "acme")
    kept = await connect_app(services, here, installed.id)
    assert kept is not None
    now = services.now() + timedelta(seconds=10)
    late = Finding(ConnectionState.SUSPENDED)
    for moment, state, expected in (
        (now, Finding(ConnectionState.ACTIVE), "active"),
        (now - timedelta(seconds=1), late, "active"),
        (now - timedelta(days=1), late, "suspended"),
    ):
        async with office.stage.transaction() as tx:
            await connections.settle(tx, kept.connection_id, state, now=moment)
        assert await office.connection() == expected
