"""A discovery brings in what a workspace's connections show, and what has changed since."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain.repositories import Choice, Selection
from bot.domain.runs import Trigger
from bot.integrations.github.app import InstallationTokens
from bot.integrations.github.client import GitHubClient, InstallationToken
from bot.ports.github import CredentialState
from bot.use_cases import discoveries, repositories
from jobs.discoveries import Discoverer
from jobs.engine import QueuedJob
from jobs.runs import StepWorker
from playground.github.records import Plan
from tests.integration.discoveries.support import Explorer
from tests.integration.syncs.support import Watched
from tests.stories import Told, real

TEAMS = """
    SELECT t.slug, a.login, m.since::text, m.until IS NULL AS still
      FROM team_memberships m JOIN teams t USING (workspace_id, team_id)
      JOIN github_accounts a USING (workspace_id, account_id) ORDER BY t.slug, a.login
"""


async def in_teams(explorer: Explorer) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in await explorer.town.world.rows(TEAMS)]


async def people(explorer: Explorer, condition: str = "in_org") -> list[str]:
    found = await explorer.town.world.rows(
        f"SELECT login FROM github_accounts WHERE {condition} ORDER BY login"
    )
    return [row["login"] for row in found]


async def syncs_started(explorer: Explorer) -> int:
    counted: int = await explorer.town.world.value(
        "SELECT count(*) FROM runs WHERE kind = 'github.sync'"
    )
    return counted


async def looks_queued(explorer: Explorer) -> int:
    key = f"connections.check:{explorer.town.world.team}:{explorer.town.connection}"
    counted: int = await explorer.town.world.value(
        "SELECT count(*) FROM pgqueuer.pgqueuer WHERE starts_with(dedupe_key, $1)", key
    )
    return counted


async def test_repositories_people_and_nested_teams_are_found(explorer: Explorer) -> None:
    github = explorer.github
    github.add_repository("acme/shop", plan=Plan(3))
    github.add_repository("acme/site", private=False)
    github.organisation("acme").members["ada"] = "member"
    github.add_person("ada")
    github.add_team("acme", "Makers", "octavia")
    github.add_team("acme", "Shop", "ada", parent="makers")
    run = await explorer.discover()
    assert (run["state"], run["partial"]) == ("succeeded", False)
    assert await explorer.names("selected AND connection_id IS NOT NULL") == [
        "acme/shop", "acme/site",
    ]  # fmt: skip
    assert await people(explorer) == ["ada", "octavia"]
    assert await in_teams(explorer) == [
        ("makers", "ada", "-infinity", True),
        ("makers", "octavia", "-infinity", True),
        ("shop", "ada", "-infinity", True),
    ]
    assert await syncs_started(explorer) == 1
    steps = await explorer.town.world.rows("SELECT message FROM steps ORDER BY position")
    assert [row["message"] for row in steps] == ["2 repositories.", "2 people.", "2 teams."]


async def test_what_changed_is_noticed_at_the_next_look(explorer: Explorer) -> None:
    github = explorer.github
    shop = github.add_repository("acme/shop")
    github.add_repository("acme/site")
    github.organisation("acme").members["ada"] = "member"
    team = github.add_team("acme", "Makers", "ada", "octavia")
    await explorer.discover()
    explorer.town.world.wait(days=1)
    shop.name = "store"
    github.repository("acme/site").deleted = True
    del github.organisation("acme").members["ada"]
    del team.members["ada"]
    looked_at = explorer.town.world.now
    run = await explorer.discover()
    assert run["state"] == "succeeded"
    assert await explorer.names("gone_at IS NULL") == ["acme/store"]
    assert await explorer.names(f"gone_at >= '{looked_at}'") == ["acme/site"]
    assert await people(explorer, "left_at IS NOT NULL") == ["ada"]
    assert await in_teams(explorer) == [
        ("makers", "ada", "-infinity", False),
        ("makers", "octavia", "-infinity", True),
    ]


async def test_only_what_the_selection_includes_counts(explorer: Explorer) -> None:
    async with explorer.town.world.transaction() as tx:
        wanted = Selection(Choice.MATCHING, patterns=("acme/*", "!acme/old-*"))
        await repositories.select(tx, wanted, actor="1", now=explorer.town.world.now)
    explorer.github.add_repository("acme/old-shop")
    explorer.github.add_repository("acme/shop")
    await explorer.discover()
    assert await explorer.names("selected") == ["acme/shop"]


async def test_a_look_settles_what_raced_with_a_choice(explorer: Explorer) -> None:
    explorer.github.add_repository("acme/shop")
    await explorer.discover()
    await explorer.town.world.run("UPDATE repositories SET selected = false")
    await explorer.discover()
    assert await explorer.names("selected") == ["acme/shop"]


async def test_selecting_more_starts_a_sync(explorer: Explorer) -> None:
    world = explorer.town.world
    explorer.github.add_repository("acme/shop")
    await explorer.discover()
    await world.run("UPDATE runs SET state = 'succeeded', finished_at = now()")
    async with world.transaction() as tx:
        nothing = Selection(Choice.LISTED)
        await repositories.select(tx, nothing, actor="1", now=world.now)
        assert await syncs_started(explorer) == 1
        chosen = await repositories.select(tx, Selection(), actor="1", now=world.now)
    assert chosen.added == ("acme/shop",)
    assert await syncs_started(explorer) == 2


async def test_a_sync_waits_for_what_the_last_connection_shows(explorer: Explorer) -> None:
    github, town = explorer.github, explorer.town
    github.add_organisation("other", "octavia")
    github.add_repository("other/thing")
    await town.connect("other", github.add_token("octavia", "other"))
    github.add_repository("acme/shop")
    await explorer.start()
    while not await explorer.names():
        await explorer.step()
    assert await syncs_started(explorer) == 0
    await explorer.go_on()
    assert await syncs_started(explorer) == 1


async def test_at_night_the_sync_comes_by_itself(explorer: Explorer) -> None:
    explorer.github.add_repository("acme/shop")
    async with explorer.town.world.transaction() as tx:
        assert await discoveries.nightly(tx) is not None
    await explorer.discover(Trigger.CRON)
    assert await syncs_started(explorer) == 0


async def test_without_a_connection_it_says_what_to_do(explorer: Explorer) -> None:
    await explorer.town.world.run("DELETE FROM connections")
    async with explorer.town.world.transaction() as tx:
        assert await discoveries.nightly(tx) is None
    run = await explorer.discover()
    assert (run["state"], run["credential_state"]) == ("failed", "missing")
    assert run["message"] == "Connect GitHub in Hunch's Home tab, then try again."


async def test_a_connection_that_does_not_work_is_named_with_what_to_mend(
    explorer: Explorer,
) -> None:
    await explorer.town.world.run("UPDATE connections SET state = 'suspended'")
    explorer.checks[explorer.town.connection] = CredentialState.SUSPENDED
    async with explorer.town.world.transaction() as tx:
        assert await discoveries.nightly(tx) is None
    run = await explorer.discover()
    assert (run["state"], run["credential_state"]) == ("failed", "suspended")
    assert run["credential"] == f"GitHub token {explorer.town.connection}"


async def test_what_lacks_a_permission_still_gives_the_rest(explorer: Explorer) -> None:
    explorer.github.add_repository("acme/shop")
    explorer.checks[explorer.town.connection] = CredentialState.SCOPE_MISSING
    run = await explorer.discover()
    assert (run["state"], run["credential_state"]) == ("succeeded", "scope_missing")
    assert await explorer.names() == ["acme/shop"]


async def test_a_connection_that_is_lost_on_the_way_ends_it_quietly(explorer: Explorer) -> None:
    await explorer.start()
    await explorer.step()
    await explorer.town.world.run("UPDATE connections SET state = 'removed'")
    run = await explorer.go_on()
    assert run["state"] in ("succeeded", "no_work")


async def test_a_connection_that_goes_before_anything_was_read_leaves_nothing_to_do(
    explorer: Explorer,
) -> None:
    discoverer = Discoverer(explorer.town.world.db, explorer.town.githubs)
    await explorer.town.world.run("UPDATE connections SET state = 'removed'")
    unchecked = replace(discoverer.pipeline(), credential=None)
    worker = StepWorker(explorer.town.world.db, [unchecked], lambda: explorer.town.world.now)
    await explorer.start()
    (run,) = await explorer.town.world.rows("SELECT run_id, turn FROM runs")
    job = QueuedJob("runs.step", explorer.town.world.team, f"{run['run_id']}:{run['turn']}", 1)
    await worker.step(job)
    assert await explorer.town.world.value("SELECT state FROM runs") == "no_work"


async def test_one_of_two_connections_that_fails_makes_it_partial(explorer: Explorer) -> None:
    github, town = explorer.github, explorer.town
    github.add_organisation("other", "octavia")
    github.add_repository("other/thing")
    number = await town.connect("other", github.add_token("octavia", "other"))
    github.add_repository("acme/shop")
    github.organisation("acme").members["ada"] = "member"
    github.add_person("ada")
    await explorer.discover()
    del town.githubs.clients[number]
    town.world.wait(days=1)
    del github.organisation("acme").members["ada"]
    run = await explorer.discover()
    assert (run["state"], run["partial"]) == ("succeeded", True)
    assert await explorer.names("gone_at IS NULL") == ["acme/shop", "other/thing"]
    # Somebody may be in the organisation that could not be read.
    assert await people(explorer) == ["ada", "octavia"]


async def test_the_only_connection_that_fails_fails_it(explorer: Explorer) -> None:
    explorer.town.githubs.clients.clear()
    explorer.checks[explorer.town.connection] = CredentialState.EXPIRES_SOON
    run = await explorer.discover()
    assert run["state"] == "failed"


async def test_who_may_not_see_members_is_told_so_and_nobody_has_left(explorer: Explorer) -> None:
    github, town = explorer.github, explorer.town
    github.add_repository("acme/shop")
    await explorer.discover()
    town.token.permissions.pop("members")
    town.world.wait(days=1)
    run = await explorer.discover()
    assert (run["state"], run["partial"]) == ("succeeded", True)
    assert await people(explorer) == ["octavia"]


async def test_a_persons_account_has_repositories_and_no_organisation(explorer: Explorer) -> None:
    github, town = explorer.github, explorer.town
    github.add_person("grace")
    github.add_repository("grace/notes")
    await town.world.run("UPDATE connections SET state = 'removed'")
    await town.connect("grace", github.add_token("grace", "grace"))
    run = await explorer.discover()
    assert (run["state"], run["partial"]) == ("succeeded", False)
    assert await explorer.names() == ["grace/notes"]
    assert await people(explorer) == []


async def test_many_teams_are_read_a_few_at_a_time(explorer: Explorer) -> None:
    for number in range(25):
        explorer.github.add_team("acme", f"Team {number}", "octavia")
    run = await explorer.discover()
    assert run["state"] == "succeeded"
    assert len(await in_teams(explorer)) == 25


async def test_an_app_sees_what_it_was_let_into(explorer: Explorer) -> None:
    github, town = explorer.github, explorer.town
    github.add_repository("acme/shop")
    github.add_repository("acme/secret")
    app = github.add_app()
    installed = github.put_installation(app, "acme", ["acme/shop"])
    await town.world.run("UPDATE connections SET kind = 'app', installation_id = $1", installed.id)
    keys = (str(app.id), app.private_key)
    tokens = InstallationTokens(
        app.id,
        app.private_key,
        api_url=town.github.api_url,
        session=town.session,
        now=github.state.clock.utc,
    )
    client = GitHubClient(
        InstallationToken(tokens, installed.id),
        api_url=town.github.api_url,
        session=town.session,
        now=github.state.clock.utc,
        app=keys,
    )
    town.githubs.clients[town.connection] = Watched(client)
    run = await explorer.discover()
    assert run["state"] == "succeeded"
    assert await explorer.names() == ["acme/shop"]
    # More is shown: the webhook names it, and it is read.
    await town.world.run("UPDATE runs SET state = 'succeeded', finished_at = now()")
    added = real("installation_repositories.added") | {
        "installation": {"id": installed.id},
        "repositories_added": [
            {"id": 99, "node_id": "R_9", "full_name": "acme/secret", "private": True}
        ],
    }
    await town.world.tell(Told("installation_repositories", added))
    assert await explorer.names("connection_id IS NOT NULL AND selected") == [
        "acme/secret", "acme/shop",
    ]  # fmt: skip
    assert await syncs_started(explorer) == 2


async def test_a_renamed_organisation_has_its_connection_looked_at(explorer: Explorer) -> None:
    payload = real("organization.renamed")
    payload["changes"]["login"]["from"] = "Acme"
    await explorer.town.world.tell(Told("organization", payload))
    assert await looks_queued(explorer) == 1


async def test_an_installation_that_changes_has_its_connection_looked_at(
    explorer: Explorer,
) -> None:
    await explorer.town.world.run("UPDATE connections SET installation_id = 16598467")
    await explorer.town.world.tell(Told("installation", real("installation.suspend")))
    assert await looks_queued(explorer) == 1
