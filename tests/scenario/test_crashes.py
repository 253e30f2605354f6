"""Killed at every place on the way of a delivery, a tap, a message and a leaderboard.

Each test leads one process after the other to its end, at one place each, and lets the last one
finish the work: every acknowledged answer is there, every survey was sent, no message twice.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.app.connections import connect_app
from bot.domain.ids import WorkspaceId
from bot.ports import Job
from playground.github import Hook
from playground.records import Message
from tests.databases import TestDatabase
from tests.integration.attributions.test_reprocessing import REPROCESSING
from tests.integration.discoveries.test_reconciles import FOLLOWING_MERGES
from tests.integration.imports.test_imports import PLACES as IMPORTS
from tests.integration.operators.test_operators_refusals import REQUESTS
from tests.lives import Lives, insist, lives_on
from tests.scenario.places import all_places, around, transactions
from tests.scenario.test_attributions_in_slack import DECLARING
from tests.scenario.test_discoveries_that_crash import DISCOVERIES
from tests.scenario.test_github_that_crash import GITHUBS
from tests.scenario.test_installs_that_crash import INSTALLS
from tests.scenario.test_rollups_that_crash import ROLLUPS
from tests.scenario.test_runs_in_slack import FOLLOWING
from tests.scenario.test_runs_that_crash import RUNS
from tests.scenario.test_syncs_that_crash import SYNCS

pytestmark = pytest.mark.timeout(280)

# Places by the way they lie on, in the order in which that way comes by them.
DELIVERY = around("route_hook", "read_hook", "github_delivery", "process_delivery")
FIRST_POST = around("read_token", "outbox_claim", "slack.post")
SETTLING = around("slack.open", "slack.history", "outbox_finish")
TAP = around("read_workspace", "read_reply", "answer", "look", "slack.replace")
UPDATE = around("slack.update")
WORD = around("tell", "slack.reply")
LEADERBOARD = around("leaderboards_due", "post_leaderboard")
START = around("count_secrets", "slack.auth_test", "register", "fire_slot")
CLOCK = around(
    "list_workspaces", "sweep", "sync_all", "slack.list_users", "sync_members", "forget",
    "forget_slots",
)  # fmt: skip
HOME = around(
    "show_home", "slack.publish_home", "set_up", "choose", "read_game", "slack.open_dialog"
)
MODALS = around("set_timezone", "claim")
SMALL = around("keep_profile", "command")
APP = around("route_installation", "delivery_failed")
# One transaction each, from an operator's terminal, who sees that it did not work; or on the way
# of a clock that somebody moves, where the sweep finds by the rows what was left behind.
OPERATORS = {
    "add_token", "bring_forward", "connect", "correct_attribution", "count_older_secrets", "demo", "demo_game", "demo_people", "exclude_member",
    "import_batch", "import_begin", "keep_history",
    "link_members", "list_fan_outs", "list_known", "list_repositories", "list_runs", "list_tokens", "look_at_queue", "next_leaderboard", "next_survey",
    "read_connections", "read_fact_settings", "read_install", "read_standing", "read_unlinked", "report_attributions", "revoke_token", "rotate_secrets", "select_by_command", "set_fact_settings", "start_rebuild",
    "show_attribution", "start_reprocessing", "start_run", "unlink_member", "verify_secrets",
}  # fmt: skip

WAYS = (DELIVERY, FIRST_POST, SETTLING, TAP, UPDATE, WORD, LEADERBOARD, START, CLOCK, HOME, MODALS)


def test_no_place_is_forgotten() -> None:
    ways = (
        *WAYS,
        SMALL,
        APP,
        *INSTALLS,
        *RUNS,
        *SYNCS,
        *DISCOVERIES,
        *GITHUBS,
        *ROLLUPS,
        IMPORTS,
        REPROCESSING,
        DECLARING,
        FOLLOWING,
        FOLLOWING_MERGES,
        REQUESTS,
    )
    killed_at = {place for way in ways for place in way}
    terminal = {f"{name}.{side}_commit" for name in OPERATORS for side in ("before", "after")}
    assert transactions() >= OPERATORS
    assert killed_at | terminal == all_places()


@pytest_asyncio.fixture
async def lives(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Lives]:
    async with lives_on(database, tmp_path) as lives:
        yield lives


async def nothing() -> None:
    """The work comes by itself."""


def surveys(lives: Lives) -> tuple[Message, Message]:
    """The author's and the reviewer's message, of which there must be one each."""
    [author] = lives.stage.person("person1").messages
    [reviewer] = lives.stage.person("person2").messages
    return author, reviewer


async def asked(lives: Lives) -> tuple[Message, Message]:
    """A merge that everybody has been asked about, with nobody working afterwards."""
    await lives.stage.merge("person1", "person2")
    async with lives.life():
        await lives.all_delivered()
        await lives.stage.until_dm("person1", "Was this PR AI-assisted?", timeout_s=60)
        await lives.stage.until_dm("person2", "How good is it?", timeout_s=60)
        await lives.quiet()
    return surveys(lives)


async def play_to_the_end(lives: Lives) -> None:
    """Whatever happened before: everybody is asked once, answers, and the guess is revealed."""
    stage = lives.stage
    one, two = stage.person("person1"), stage.person("person2")
    async with lives.life():
        await lives.all_delivered()
        await stage.until_dm("person1", "Was this PR AI-assisted?", timeout_s=60)
        await stage.until_dm("person2", "How good is it?", timeout_s=60)
        author, reviewer = surveys(lives)
        await insist(lambda: two.click(reviewer, "survey.rate.super"))
        await stage.until_dm("person2", "Was it AI-assisted?", timeout_s=60)
        await insist(lambda: two.click(reviewer, "survey.guess.yes"))
        await insist(lambda: one.click(author, "survey.answer.helped"))
        await stage.until_dm("person2", "Good hunch", timeout_s=60)
        await lives.quiet()
    assert (len(one.messages), len(two.messages)) == (1, 2)
    assert "1 of 1" in json.dumps(two.messages[-1].blocks)
    said = await stage.rows("SELECT answer, rating, guess, state FROM parts ORDER BY role")
    assert [tuple(row.values()) for row in said] == [
        ("helped", None, None, "final"),
        (None, "super", "yes", "final"),
    ]
    unsent = "SELECT op, state, reason FROM outbox WHERE state <> 'sent' AND op <> 'reply'"
    assert await stage.rows(unsent) == []


async def test_a_delivery_survives(lives: Lives) -> None:
    await lives.stage.merge("person1", "person2")
    for place in DELIVERY:
        await lives.dies_at(place, lives.redeliver)
    await play_to_the_end(lives)


async def test_a_first_post_survives(lives: Lives) -> None:
    await lives.stage.merge("person1", "person2")
    for place in FIRST_POST:
        await lives.dies_at(place, lives.redeliver)
    await play_to_the_end(lives)


async def test_looking_for_a_lost_post_survives(lives: Lives) -> None:
    await lives.stage.merge("person1", "person2")
    await lives.dies_at("slack.post.after", lives.redeliver)
    for place in SETTLING:
        await lives.dies_at(place, lives.redeliver)
    await play_to_the_end(lives)


async def test_a_tap_survives(lives: Lives) -> None:
    _, reviewer = await asked(lives)
    two = lives.stage.person("person2")
    for place in TAP:
        await lives.dies_at(place, lambda: two.click(reviewer, "survey.rate.super"))
    await play_to_the_end(lives)


async def test_an_update_without_a_link_survives(lives: Lives) -> None:
    _, reviewer = await asked(lives)
    two = lives.stage.person("person2")
    lives.stage.slack.fail("error", "response_url", times=None, error="used_url")
    for place in UPDATE:
        await lives.dies_at(place, lambda: two.click(reviewer, "survey.rate.super"))
    await play_to_the_end(lives)


async def test_an_acknowledged_answer_is_there_even_if_nothing_else_happened(
    lives: Lives,
) -> None:
    _, reviewer = await asked(lives)
    two = lives.stage.person("person2")
    async with lives.life("look.before_commit") as life:
        await insist(lambda: two.click(reviewer, "survey.rate.super"))
        await life.is_killed(nothing)
    assert await lives.stage.value("SELECT rating FROM parts WHERE role = 'reviewer'") == "super"
    await play_to_the_end(lives)


async def test_a_word_to_one_person_is_never_said_twice(lives: Lives) -> None:
    _, reviewer = await asked(lives)
    three, taps = lives.stage.person("person3"), 0

    async def tap() -> None:
        nonlocal taps
        taps += 1
        await three.click(reviewer, "survey.rate.super", forged=True)

    for place in WORD:
        await lives.dies_at(place, tap)
    async with lives.life():
        await insist(lambda: three.click(reviewer, "survey.rate.super", forged=True))
        await lives.quiet()
    assert 1 <= len(three.ephemerals) <= taps + 1
    rows = await lives.stage.rows("SELECT state FROM outbox WHERE op = 'reply'")
    assert len(three.ephemerals) <= len(rows)
    await play_to_the_end(lives)


async def queue_clock_jobs(lives: Lives) -> None:
    """As the clock does when a slot comes."""
    names = ("housekeeping.sweep", "housekeeping.forget", "members.sync_all", "leaderboards.due")
    async with lives.stage.services.store.database.routing(name="test") as tx:
        for name in names:
            tx.enqueue(Job(name, WorkspaceId(""), "", f"test:{uuid.uuid4()}"))


async def test_a_leaderboard_survives_and_is_posted_once(lives: Lives) -> None:
    stage = lives.stage
    async with stage.services.store.database.routing(name="test") as tx:
        await tx.execute("UPDATE schedules SET effective_from = now() - interval '8 days'")
    for place in [*LEADERBOARD, *around("slack.post"), "slack.history.before"]:
        await lives.dies_at(place, lambda: queue_clock_jobs(lives))
    async with lives.life():
        await queue_clock_jobs(lives)
        await stage.until_row("SELECT bool_and(state = 'sent') FROM outbox", timeout_s=60)
        await lives.quiet()
    channel = stage.slack.state.find_channel(stage.workspace_id, "general")
    assert len(stage.slack.state.history(stage.workspace_id, channel.id)) == 1
    await play_to_the_end_after_merge(lives)


async def play_to_the_end_after_merge(lives: Lives) -> None:
    await lives.stage.merge("person1", "person2")
    await play_to_the_end(lives)


async def test_a_start_survives(lives: Lives) -> None:
    for place in START:
        await lives.dies_at(place, nothing)
    await play_to_the_end_after_merge(lives)


async def test_the_clocks_work_survives(lives: Lives) -> None:
    for place in CLOCK:
        await lives.dies_at(place, lambda: queue_clock_jobs(lives))
    await play_to_the_end_after_merge(lives)


async def test_the_home_survives(lives: Lives) -> None:
    one = lives.stage.person("person1")
    pokes: dict[str, Callable[[], Awaitable[object]]] = {
        "show_home": one.open_home,
        "slack": one.open_home,
        "set_up": lambda: one.click_home("home.reveals_off", forged=True),
        "choose": lambda: one.click_home("member.name_off", forged=True),
        "read_game": lambda: one.click_home("home.timezone"),
    }
    for place in HOME:
        key = "read_game" if "open_dialog" in place else place.split(".")[0]
        await lives.dies_at(place, pokes[key])
    await play_to_the_end_after_merge_with_reveals(lives)


async def play_to_the_end_after_merge_with_reveals(lives: Lives) -> None:
    one = lives.stage.person("person1")
    async with lives.life():
        await insist(lambda: one.click_home("home.reveals_on", forged=True))
        await lives.quiet()
    assert one.home is not None
    assert await lives.stage.value("SELECT reveals_on FROM games")
    await play_to_the_end_after_merge(lives)


async def test_a_modal_survives(database: TestDatabase, tmp_path: Path) -> None:
    async with lives_on(database, tmp_path, linked=False) as lives:
        one = lives.stage.person("person1")

        async def submit(action: str, text: str) -> None:
            if one.home is None:
                await one.open_home()
            elif one.modal is None or one.modal.body["callback_id"] != action:
                await one.click_home(action)
            else:
                await one.submit({"value": text})

        for place in MODALS:
            if place.startswith("set_timezone"):
                await lives.dies_at(place, lambda: submit("home.timezone", "Europe/Paris"))
            else:
                await lives.dies_at(place, lambda: submit("home.claim", "some-login"))
        async with lives.life():
            await lives.quiet()
        assert await lives.stage.value("SELECT timezone FROM games") == "Europe/Paris"
        claims = await lives.stage.rows("SELECT github_login, state FROM github_links")
        assert [tuple(row.values()) for row in claims] == [("some-login", "claimed")]


async def test_small_things_survive(lives: Lives) -> None:
    one, team = lives.stage.person("person1"), lives.stage.workspace_id

    async def move() -> None:
        lives.stage.slack.change_user(team, "person3", tz="Asia/Tokyo")

    for place in SMALL:
        if place.startswith("keep_profile"):
            await lives.dies_at(place, move)
        else:
            await lives.dies_at(place, lambda: one.command("/copilot", "help"))
    await play_to_the_end_after_merge(lives)
    zones = {row["timezone"] for row in await lives.stage.rows("SELECT timezone FROM members")}
    assert "Asia/Tokyo" in zones


async def test_deliveries_from_the_app_survive_readable_or_not(
    database: TestDatabase, tmp_path: Path
) -> None:
    async with lives_on(database, tmp_path, github_webhook_secret=SecretStr("s" * 20)) as lives:
        stage = lives.stage
        await connect_app(stage.services, stage.workspace_id, 7)
        stage.github.hook = Hook(f"{stage.base_url}/webhooks/github", "s" * 20, installation_id=7)
        odd = {"action": "opened", "installation": {"id": 7}}

        async def send_odd() -> None:
            with suppress(aiohttp.ClientError):
                await stage.deliver("pull_request", odd, delivery_id="odd")

        for place in APP:
            await lives.dies_at(place, send_odd)
        await play_to_the_end_after_merge(lives)
        [row] = await stage.rows("SELECT failure FROM deliveries WHERE delivery_id = 'odd'")
        assert row["failure"].startswith("unreadable")
