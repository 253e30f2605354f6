"""An admin connects GitHub, by the App or a token, and hears of it when it stops working."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.errors import DatabaseAway
from bot.use_cases import connections
from jobs.connections import ConnectionChecker
from jobs.engine.workers import QueuedJob
from tests.databases import TestDatabase
from tests.scenario.github_support import Office, an_office
from tests.scenario.home_support import audited, dialog_text, home_text, open_home
from tests.stage import Stage


@pytest.fixture
async def office(database: TestDatabase) -> AsyncIterator[Office]:
    async with an_office(database) as office:
        yield office


async def test_the_app_is_installed_from_the_home_tab(office: Office) -> None:
    stage = office.stage
    link = await office.admin.invited("home.connect_github")
    asked = await office.admin.get(link)
    assert "person1 asked for this in Slack" in asked.text
    assert (await office.admin.get(link)).status == 200, "previews use nothing up"
    seen = await office.admin.get(await office.admin.installs(link))
    assert (seen.status, seen.title) == (200, "GitHub is connected: acme")
    await stage.quiet()
    (row,) = await stage.rows(
        "SELECT kind, account, installation_id, state, missing FROM connections"
    )
    assert row == {
        "kind": "app", "account": "acme", "installation_id": office.installed.id,
        "state": "active", "missing": [],
    }  # fmt: skip
    await open_home(stage, "person1")
    assert "*GitHub App* `acme`: connected" in home_text(stage, "person1")
    assert "github.app_connected" in {action for action, _ in await audited(stage)}
    github = await stage.services.githubs.for_connection(
        stage.workspace_id, await office.connection("connection_id")
    )
    shown = await github.pages("installation/repositories", key="repositories")
    assert [one["full_name"] for one in shown] == ["acme/shop"]


async def test_a_link_is_good_once_in_one_browser_and_for_its_purpose(office: Office) -> None:
    link = await office.admin.invited("home.connect_github")
    back = await office.admin.installs(link)
    async with office.visitor("person2") as thief:
        assert (await thief.get(back)).title == "This link cannot be used"
    assert (await office.admin.get(back)).status == 200
    assert (await office.admin.get(back)).title == "This link cannot be used"
    assert (await office.admin.get(link)).title == "This link cannot be used"
    other = await office.admin.invited("home.claim")
    assert (await office.admin.get(other.replace("/link", "/install"))).status == 400
    assert office.refusals("unknown_state") == 4


async def test_nobody_connects_what_is_not_theirs(office: Office) -> None:
    """The number in the address is anybody's to change; GitHub says who may."""
    world = office.server.world
    world.add_organisation("rivals", "rival")
    theirs = world.put_installation(office.app, "rivals")
    back = await office.admin.installs(await office.admin.invited("home.connect_github"))
    forged = back.replace(str(office.installed.id), str(theirs.id))
    seen = await office.admin.get(forged)
    assert (seen.status, seen.title) == (403, "That is not yours to connect")

    world.organisation("rivals").members["person1-gh"] = "member"
    back = await office.admin.installs(await office.admin.invited("home.connect_github"))
    seen = await office.admin.get(back.replace(str(office.installed.id), str(theirs.id)))
    assert (seen.status, "Only an owner" in seen.text) == (403, True)
    assert await office.stage.value("SELECT count(*) FROM connections") == 0
    assert (office.refusals("not_theirs"), office.refusals("not_owner")) == (1, 1)


async def test_an_app_that_asks_nobody_who_they_are_is_followed_by_the_question(
    office: Office,
) -> None:
    office.app.asks_who = False
    office.app.setup_url = f"{office.stage.base_url}/github/installed"
    back = await office.admin.installs(await office.admin.invited("home.connect_github"))
    assert "code=" not in back
    seen = await office.admin.get(back)
    assert seen.status == 302
    finished = await office.admin.get(await office.admin.signs_in(seen.headers["Location"]))
    assert finished.title == "GitHub is connected: acme"


async def test_who_may_not_install_is_told_that_an_owner_was_asked(office: Office) -> None:
    link = await office.admin.invited("home.connect_github")
    back = await office.admin.installs(link, who="person2-gh")
    assert (await office.admin.get(back)).title == "An owner has to say yes"


async def test_only_admins_are_led_to_github(office: Office) -> None:
    person = office.stage.person("person2")
    await open_home(office.stage, "person2")
    for action_id in ("home.connect_github", "home.by_token"):
        assert (await person.click_home(action_id, forged=True, block_id="x")).ok
        assert "Only workspace admins" in dialog_text(office.stage, "person2")
        await person.close_modal()


async def test_trouble_is_told_once_and_when_it_is_over(office: Office) -> None:
    stage = office.stage
    number = await office.connected()
    for _ in range(2):
        await office.server.owners.suspend(office.installed)
        await stage.until_row("SELECT state FROM connections", lambda state: state == "suspended")
    await stage.run_job("connections.check_all")
    told = [m for m in stage.person("person1").messages if "is suspended" in m.text]
    assert len(told) == 1
    assert "lifts the suspension" in str(told[0].blocks)
    await open_home(stage, "person1")
    assert "is suspended" in home_text(stage, "person1")
    found = await stage.services.githubs.check(stage.workspace_id, number)
    assert (found.state, found.will_do, found.name) == ("suspended", False, "GitHub App on acme")

    await office.server.owners.unsuspend(office.installed)
    await stage.until_row("SELECT state FROM connections", lambda state: state == "active")
    await stage.quiet()
    messages = stage.person("person1").messages
    assert [m.text for m in messages if "GitHub App" in m.text] == [
        "The GitHub App on acme works again."
    ]
    await office.server.owners.suspend(office.installed)
    await stage.until_dm("person1", "is suspended.*")


async def test_a_trouble_that_is_over_before_it_could_be_told_is_not_told(office: Office) -> None:
    stage = office.stage
    await office.connected()
    async with stage.transaction() as tx:
        await tx.execute("UPDATE members SET quiet_start_h = 0, quiet_end_h = 23")
        await tx.execute("UPDATE members SET quiet_weekends = true")
    before = len(stage.person("person1").messages)
    office.installed.suspended_at = "2026-11-01T00:00:00Z"
    await stage.run_job("connections.check_all")
    assert await office.connection() == "suspended"
    office.installed.suspended_at = None
    await stage.run_job("connections.check_all")
    assert await office.connection() == "active"
    assert len(stage.person("person1").messages) == before


async def test_lost_permissions_and_an_uninstalled_app_are_told_apart(office: Office) -> None:
    stage = office.stage
    number = await office.connected()
    office.installed.permissions.pop("pull_requests")
    found = await stage.services.githubs.check(stage.workspace_id, number)
    assert (found.state, found.will_do) == ("scope_missing", True)
    assert "pull_requests:read" in found.fix
    await office.server.owners.uninstall(office.installed)
    await stage.until_row("SELECT state FROM connections", lambda state: state == "removed")
    await stage.until_dm("person1", "was uninstalled")
    assert await office.connected() == number, "the same account is the same connection"
    assert await office.connection() == "active"
    routed = await stage.rows("SELECT installation_id FROM github_routes")
    assert [row["installation_id"] for row in routed] == [office.installed.id]


async def test_a_token_is_looked_at_before_it_is_kept(office: Office) -> None:
    stage, person = office.stage, office.stage.person("person1")
    world = office.server.world
    poor = world.add_token("person1-gh", "acme", permissions={"metadata": "read"})
    good = world.add_token("person1-gh", "acme")
    for token, account, answer in (
        ("github_pat_nothing", "acme", "GitHub does not take that token"),
        (poor.value, "acme", "Missing: contents:read, members:read, pull_requests:read"),
        (good.value, "nobody-there", "does not open nobody-there"),
        (good.value, "ACME", "The token for acme works"),
    ):
        await open_home(stage, "person1")
        await person.click_home("home.by_token")
        await stage.slack.until(lambda: person.modal)
        person.fill({"account": account, "token": token})
        assert (await person.submit()).ok
        await stage.until_dm("person1", answer)
    await stage.quiet()
    kept = await stage.rows("SELECT purpose FROM secrets WHERE purpose LIKE 'github.%token%'")
    assert [row["purpose"] for row in kept] == ["github.token"]
    assert await office.connection("kind") == "token"
    assert "*GitHub token* `acme`: connected until 20" in home_text(stage, "person1")

    good.revoked = True
    github = await stage.services.githubs.for_connection(
        stage.workspace_id, await office.connection("connection_id")
    )
    with pytest.raises(Exception, match="revoked"):
        await github.get("user")
    await stage.until_dm("person1", "is not accepted by GitHub any more")


async def test_who_is_no_admin_any_more_connects_nothing(office: Office) -> None:
    stage = office.stage
    back = await office.admin.installs(await office.admin.invited("home.connect_github"))
    await stage.value(
        "UPDATE members SET is_admin = false WHERE slack_user_id = $1 RETURNING 1",
        stage.person("person1").id,
    )
    seen = await office.admin.get(back)
    assert (seen.status, "Only workspace admins" in seen.text) == (400, True)
    assert await stage.value("SELECT count(*) FROM connections") == 0


async def test_what_cannot_be_stored_is_said_on_the_page(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await office.admin.invited("home.connect_github")

    async def away(*_: object, **__: object) -> None:
        raise DatabaseAway("away")

    with monkeypatch.context() as patch:
        patch.setattr("handlers.github.oauth_states.look", away)
        seen = await office.admin.get(link)
    assert (seen.status, seen.title) == (503, "Hunch cannot store anything")
    assert office.refusals("not_stored") == 1
    assert (await office.admin.get(link)).status == 200


async def test_without_an_app_the_home_tab_says_what_is_missing(stage: Stage) -> None:
    person = stage.person("person1")
    await open_home(stage, "person1")
    assert (await person.click_home("home.connect_github")).ok
    assert "has to set up a GitHub App first" in dialog_text(stage, "person1")
    await person.close_modal()
    await person.click_home("home.claim")
    assert "Link my GitHub account" not in dialog_text(stage, "person1")
    await person.close_modal()
    await person.click_home("home.by_token")
    person.fill({"account": "no such login!", "token": "x"})
    assert "does not look like a GitHub login" in str((await person.submit()).answer)


async def test_news_of_what_is_gone_change_nothing(office: Office, quiet_log: None) -> None:
    stage = office.stage
    services, user = stage.services, stage.person("person1").id
    work = ConnectionChecker(
        services.store.database, services.githubs, services.vault, services.now
    )

    def job(ref: str) -> QueuedJob:
        return QueuedJob("connections", stage.workspace_id, ref, 1)

    await work.check(job("4711"))
    await work.tell(job("4711:0:1"))
    await work.tell_of_link(job("4711:0:ada"))
    await work.try_token(job(f"{user}:acme"))
    locked = """INSERT INTO secrets (workspace_id, purpose, name, ciphertext, key_id)
                VALUES ($1, 'github.offered_token', 'locked', 'x', 'y') RETURNING 1"""
    await stage.value(locked, stage.workspace_id)
    await work.try_token(job(f"{user}:locked"))
    async with stage.transaction() as tx:
        await connections.offer_token(tx, user, "acme", "x", vault=services.vault)
    await stage.until_dm("person1", "does not take that token")
    assert await stage.value("SELECT count(*) FROM connections") == 0


async def test_what_github_says_of_a_token_and_nobody_understands_keeps_it_out(
    office: Office,
) -> None:
    stage = office.stage
    office.server.fail("users/acme", status=409)
    user, vault = stage.person("person1").id, stage.services.vault
    async with stage.transaction() as tx:
        await connections.offer_token(tx, user, "acme", "x", vault=vault)
    await stage.until_dm("person1", "does not take that token")
