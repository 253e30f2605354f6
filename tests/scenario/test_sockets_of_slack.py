"""Socket Mode on good and bad days: stopping, reconnecting, and nothing lost on the way."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import pytest

from bot.app import Roles, processes
from playground.calls import Logged
from playground.envelopes import Envelope, Kind
from playground.faults import FaultKind
from tests.databases import TestDatabase
from tests.doors import knock
from tests.lives import insist
from tests.stage import Stage, playing, set_stage

_WAITING_FOR_A_LOCK = """
    SELECT count(*) FROM pg_stat_activity
     WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


async def _until(is_so: Callable[[], bool]) -> None:
    """Look again and again: a socket tells nobody but its two ends."""
    async with asyncio.timeout(40):
        for _ in itertools.count():
            if is_so():
                return
            await asyncio.sleep(0.02)


async def _until_connected(stage: Stage, *, sockets: int = 1) -> None:
    app_id = stage.installation.app_id
    await _until(lambda: stage.slack.sockets.connected(app_id) == sockets)


async def _until_stopping(stage: Stage) -> None:
    url, answer = f"{stage.base_url}/health/ready", ""
    async with asyncio.timeout(10):
        while "stopping" not in answer:
            answer = (await knock(url, method="GET")).text


async def test_taps_that_come_until_the_socket_closes_are_stored_and_acknowledged(
    stage: Stage,
) -> None:
    await stage.merge("person1", "person2")
    asked_author = await stage.until_dm("person1", "Was this PR AI-assisted?")
    asked_reviewer = await stage.until_dm("person2", "How good is it?")
    await stage.quiet()
    async with stage.transaction() as tx:
        await tx.execute("SELECT FROM parts WHERE role = 'author' FOR UPDATE")
        tapping = asyncio.create_task(
            stage.person("person1").click(asked_author, "survey.answer.helped")
        )
        await stage.until_row(_WAITING_FOR_A_LOCK)
        stage.stop.set()
        await _until_stopping(stage)
        late = asyncio.create_task(stage.person("person2").click(asked_reviewer, "survey.rate.ok"))
        await asyncio.sleep(0.1)  # It is on the wire while we drain.
    assert (await tapping).ok
    assert (await late).ok
    rows = await stage.rows("SELECT answer, rating FROM parts ORDER BY part_id")
    assert [(row["answer"], row["rating"]) for row in rows] == [("helped", None), (None, "ok")]


async def test_what_a_stopping_process_leaves_another_one_takes(database: TestDatabase) -> None:
    async with set_stage(database) as stage:
        stage.slack.deliveries.retry_delays_s = (0.0, 0.1, 0.1)
        stage.stop.set()
        await _until_connected(stage, sockets=0)
        opening = asyncio.create_task(stage.person("person2").open_home())
        stage.stop = asyncio.Event()
        async with playing(stage, Roles.ALL):
            await opening
            await stage.slack.until(lambda: stage.person("person2").home)


def _opened(stage: Stage) -> list[Logged]:
    return stage.slack.called("apps.connections.open")


async def _until_connected_again(stage: Stage, opened: int) -> None:
    await _until(lambda: len(_opened(stage)) > opened)
    await _until_connected(stage)


async def test_a_socket_that_slack_closes_is_opened_again(stage: Stage) -> None:
    for politely in (True, False):
        opened = len(_opened(stage))
        await stage.slack.sockets.close(politely=politely)
        await _until_connected_again(stage, opened)
        # The old socket may have been the one that was counted, and be gone before the new one.
        assert (await insist(lambda: stage.person("person2").command("/copilot", "help"))).ok


async def test_a_socket_that_is_to_be_renewed_is_renewed(stage: Stage) -> None:
    for reason in ("warning", "refresh_requested"):
        opened = len(_opened(stage))
        await stage.slack.sockets.ask_to_reconnect(stage.installation.app_id, reason)
        await _until_connected_again(stage, opened)
        # The old socket may have been the one that was counted, and be gone before the new one.
        assert (await insist(lambda: stage.person("person2").command("/copilot", "help"))).ok


async def test_nonsense_on_the_socket_is_counted_and_the_socket_lives_on(stage: Stage) -> None:
    app = stage.slack.state.apps[stage.installation.app_id]
    sending = [
        stage.slack.deliveries.send(app, Envelope(kind, payload))
        for kind in Kind
        for payload in ({}, {"type": "event_callback", "event": []}, {"command": 5})
    ]
    answers = await asyncio.gather(*sending)
    assert not any(ack.ok for ack in answers)
    counted = stage.services.desk.refusals.by_reason
    assert counted["socket", "not_understood"] == len(sending)
    assert (await stage.person("person2").command("/copilot", "help")).ok


async def test_a_workspace_without_us_is_acknowledged_and_counted(stage: Stage) -> None:
    app = stage.slack.state.apps[stage.installation.app_id]
    for team in ("T0ELSEWHERE", "T1'; drop table members", ""):
        payload = {"type": "event_callback", "team_id": team, "event": {"type": "team_join"}}
        assert (await stage.slack.deliveries.send(app, Envelope(Kind.EVENT, payload))).ok
    assert stage.services.desk.refusals.by_reason["slack", "not_installed"] == 3


async def test_nothing_is_asked_of_slack_before_the_acknowledgement(
    database: TestDatabase,
) -> None:
    async with set_stage(database, roles=Roles.SERVE) as stage:
        person = stage.person("person2")
        before = len(list(stage.slack.calls))
        assert (await person.command("/copilot", "pause")).ok
        await person.open_home()
        stage.slack.join(stage.workspace_id, "newcomer")
        await stage.slack.deliveries.settle()
        assert len(list(stage.slack.calls)) == before


async def test_with_slack_away_we_begin_all_the_same_and_connect_when_it_is_back(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_GREETING_S", 0.1)
    async with set_stage(database) as stage:
        stage.stop.set()
        await _until_connected(stage, sockets=0)
        stage.stop = asyncio.Event()
        stage.slack.fail(FaultKind.HTTP_500, "apps.connections.open", times=None)
        async with playing(stage, Roles.SERVE):
            assert (await knock(f"{stage.base_url}/health/ready", method="GET")).status == 200
            stage.slack.faults.clear()
            await _until_connected(stage)
            assert (await stage.person("person2").command("/copilot", "help")).ok
