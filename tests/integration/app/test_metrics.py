"""What Prometheus and load balancers are told: numbers that move with the work, and who may ask."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.app import Roles
from bot.app.numbers import Numbers
from bot.errors import SettingsError
from playground.faults import Fault, FaultKind
from tests.databases import TestDatabase
from tests.doors import Answer, interact, knock
from tests.proxies import gated
from tests.stage import Stage, free_port, set_stage

TOKEN = "a-token-for-the-tests"  # pragma: allowlist secret
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest_asyncio.fixture
async def watched(database: TestDatabase) -> AsyncIterator[Stage]:
    async with set_stage(database, metrics_token=SecretStr(TOKEN)) as stage:
        yield stage


async def numbers(stage: Stage) -> dict[str, float]:
    """Everything that is told, by name and labels: `name{a=1}`."""
    answer = await knock(f"{stage.base_url}/metrics", headers=BEARER, method="GET")
    assert answer.status == 200
    return read(answer.text)


def read(page: str) -> dict[str, float]:
    return {
        _key(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def _key(name: str, labels: dict[str, str]) -> str:
    told = ",".join(f"{label}={value}" for label, value in sorted(labels.items()))
    return f"{name}{{{told}}}" if told else name


async def test_a_game_shows_in_the_numbers(watched: Stage) -> None:
    await watched.merge("person1", "person2")
    asked = await watched.until_dm("person2", "How good is it?")
    assert (await watched.person("person2").click(asked, "survey.rate.ok")).ok
    await watched.until_dm("person2", "Was it AI-assisted?")
    await watched.quiet()
    told = await numbers(watched)
    assert told["hunch_request_seconds_count{door=slack_socket,kind=click,outcome=ok}"] == 1
    assert told["hunch_request_seconds_count{door=github,kind=delivery,outcome=ok}"] == 3
    assert told["hunch_job_seconds_count{entrypoint=deliveries.process,outcome=ok}"] == 3
    assert told["hunch_job_wait_seconds_count{entrypoint=deliveries.process}"] == 3
    assert told["hunch_slack_call_seconds_count{method=post,outcome=ok}"] == 2
    assert told["hunch_transaction_seconds_count{name=process_delivery,outcome=ok}"] == 3
    assert told["hunch_database_wait_seconds_count"] > 10
    assert told["hunch_clock_slots_total{schedule=sweep}"] >= 1
    assert told["hunch_socket_connected"] == 1
    assert told["hunch_socket_greetings_total"] == 1
    assert told["hunch_database_up"] == 1
    assert told["hunch_workspaces"] == 1
    assert told["hunch_secrets_locked"] == 0
    assert 0 <= told["hunch_clock_last_slot_age_seconds"] < 60
    assert told["hunch_outbox_rows{state=pending}"] == 0
    assert told["hunch_database_connections_max"] == 10


async def test_no_label_names_a_workspace_a_person_or_a_text(watched: Stage) -> None:
    await watched.merge("person1", "person2")
    await watched.until_dm("person2", "How good is it?")
    await watched.person("person2").open_home()
    await watched.quiet()
    page = "\n".join(await numbers(watched))
    people = [user.id for user in watched.slack.state.people(watched.workspace_id)]
    assert [word for word in (*people, watched.workspace_id, "acme") if word in page] == []


async def test_what_is_refused_is_counted_by_its_reason(database: TestDatabase) -> None:
    async with set_stage(
        database, http=True, roles=Roles.SERVE, metrics_token=SecretStr(TOKEN)
    ) as stage:
        await knock(f"{stage.base_url}/slack/events", b"{}")
        await knock(f"{stage.base_url}/nowhere")
        assert (await interact(stage, {"type": "block_actions"})).status == 400
        told = await numbers(stage)
    assert told["hunch_refusals_total{door=slack,reason=bad_signature}"] == 1
    assert told["hunch_refusals_total{door=slack,reason=not_understood}"] == 1
    assert told["hunch_request_seconds_count{door=other,kind=other,outcome=refused}"] == 1
    assert told["hunch_request_seconds_count{door=slack_http,kind=other,outcome=refused}"] == 2


async def test_what_slack_asks_us_to_wait_is_added_up(watched: Stage) -> None:
    watched.slack.faults.add(
        Fault(FaultKind.RATELIMITED, method="chat.postMessage", retry_after_s=1)
    )
    await watched.merge("person1", "person2")
    await watched.until_dm("person1", "Was this PR AI-assisted?")
    await watched.until_dm("person2", "How good is it?")
    told = await numbers(watched)
    assert told["hunch_slack_call_seconds_count{method=post,outcome=later}"] == 1
    assert told["hunch_slack_asked_to_wait_seconds_total{method=post}"] == 1


_PARK = """
    UPDATE outbox SET state = 'parked' WHERE outbox_id = (SELECT min(outbox_id) FROM outbox)
"""
_DELAY = """
    UPDATE outbox SET state = 'pending', finished_at = NULL, due_at = now() - interval '20 minutes'
     WHERE outbox_id = (SELECT max(outbox_id) FROM outbox)
"""


async def test_what_waits_and_what_was_given_up_is_in_the_numbers(database: TestDatabase) -> None:
    async with set_stage(database, roles=Roles.ALL) as stage:
        await stage.merge("person1", "person2")
        await stage.quiet()
        async with stage.transaction() as tx:
            await tx.execute(_PARK)
            await tx.execute(_DELAY)
            await tx.execute("UPDATE workspaces SET trouble = 'token_revoked'")
        snapshot = await Numbers(stage.services).refresh()
    assert snapshot is not None
    assert (snapshot.backlog.parked, snapshot.backlog.pending) == (1, 1)
    assert (snapshot.backlog.workspaces, snapshot.backlog.disconnected) == (1, 1)
    assert snapshot.clock_s is not None
    assert snapshot.oldest_due_s >= timedelta(minutes=20).total_seconds()


@pytest.mark.parametrize("said", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "é"}])
async def test_who_bears_no_token_gets_no_numbers(watched: Stage, said: dict[str, str]) -> None:
    answer = await knock(f"{watched.base_url}/metrics", headers=said, method="GET")
    assert answer.status == 401
    assert "HUNCH_METRICS_TOKEN" in answer.text
    assert "hunch_" not in answer.text


async def test_without_a_token_our_own_port_shows_no_numbers(stage: Stage) -> None:
    answer = await knock(f"{stage.base_url}/metrics", method="GET")
    assert answer.status == 404


async def side(port: int, path: str) -> Answer:
    return await knock(f"http://127.0.0.1:{port}{path}", method="GET")


async def test_a_worker_has_a_door_of_its_own(database: TestDatabase) -> None:
    port = free_port()
    async with set_stage(database, roles=Roles.WORK, metrics_port=port) as stage:
        assert (await side(port, "/health/live")).status == 200
        assert (await side(port, "/metrics")).status == 200
        async with asyncio.timeout(20):
            while (await side(port, "/health/ready")).status != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        checks = json.loads((await side(port, "/health/ready")).text)["checks"]
        assert set(checks) == {"database", "outbox", "clock", "draining"}
        assert all(check["counts"] for check in checks.values())
        async with stage.transaction() as tx:
            await tx.execute("UPDATE cron_slots SET slot = slot - interval '1 hour'")
        async with asyncio.timeout(20):
            while (await side(port, "/health/ready")).status != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert "the clock has stopped" in (await side(port, "/health/ready")).text


async def test_a_side_door_that_is_taken_is_named(database: TestDatabase) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match="HUNCH_METRICS_PORT: cannot listen on"):
            async with set_stage(database, metrics_port=port):
                pass


async def test_it_is_not_ready_while_slacks_first_hello_is_waited_for(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.sockets.SocketDoor.is_awaited", True)
    async with set_stage(database) as stage:
        answer = await knock(f"{stage.base_url}/health/ready", method="GET")
        assert (answer.status, json.loads(answer.text)["why"]) == (
            503,
            ["greeting: Slack has not said hello yet"],
        )


async def test_while_the_database_is_away_the_numbers_of_the_process_remain(
    database: TestDatabase,
) -> None:
    async with (
        gated(database) as (gate, behind),
        set_stage(behind, roles=Roles.SERVE, metrics_token=SecretStr(TOKEN)) as stage,
    ):
        await gate.shut()
        told = await numbers(stage)
        await gate.open()
    assert told["hunch_database_up"] == 0
    assert "hunch_workspaces" not in told
    assert told["hunch_socket_connected"] == 1
