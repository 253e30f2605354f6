"""`/api/runs…`: what operators' programs see, start and steer."""

from __future__ import annotations

import asyncio
import hashlib

from bot.domain.api_tokens import Access
from tests.integration.operators.support import COUNT, WAIT, ended, refused, started
from tests.operators import Api


async def test_a_run_is_started_watched_and_read(api: Api) -> None:
    run = await ended(api, await started(api))
    assert (run["state"], run["kind"], run["trigger"]) == ("succeeded", "test.count", "person")
    assert run["started_by"].startswith("token:")
    assert [(s["name"], s["state"]) for s in run["steps"]] == [
        ("count", "succeeded"),
        ("tell", "succeeded"),
    ]
    assert (await api.get(f"runs/{run['id']}/steps")).body["steps"] == run["steps"]


async def test_an_artifact_is_described_and_handed_out_as_a_file(api: Api) -> None:
    run = await ended(api, await started(api))
    [artifact] = (await api.get(f"runs/{run['id']}/artifacts")).body["artifacts"]
    way = f"runs/{run['id']}/artifacts/{artifact['id']}"
    assert (await api.get(way)).body == artifact
    said = await api.get(f"{way}/content")
    assert said.body == b"baa " * 25
    assert artifact["sha256"] == hashlib.sha256(said.body).hexdigest()
    assert said.headers["Content-Type"] == "application/octet-stream"
    assert said.headers["Content-Disposition"] == "attachment; filename*=UTF-8''sheep.txt"
    other = f"runs/{run['id']}/artifacts/{artifact['id'] + 1}"
    assert "has no artifact" in refused(await api.get(other), 404)


async def test_an_artifact_whose_content_is_gone_is_not_there(api: Api) -> None:
    run = await ended(api, await started(api))
    [artifact] = run["artifacts"]
    async with api.ground.transaction() as tx:
        await tx.execute("DELETE FROM artifacts")
    way = f"runs/{run['id']}/artifacts/{artifact['id']}/content"
    assert "has no artifact" in refused(await api.get(way), 404)


async def test_a_failed_run_is_retried_from_the_step_it_failed_in(api: Api) -> None:
    api.show.broken = True
    run = await ended(api, await started(api))
    assert (run["state"], run["steps"][1]["state"]) == ("failed", "failed")
    api.show.broken = False
    assert (await api.post(f"runs/{run['id']}/retry")).status == 202
    again = await ended(api, run["id"])
    assert (again["state"], again["attempt"]) == ("succeeded", 2)
    assert again["steps"][0]["attempt"] == 1
    assert "has done its work" in refused(await api.post(f"runs/{run['id']}/retry"), 409)


async def test_a_restart_is_a_new_run(api: Api) -> None:
    first = await started(api)
    await ended(api, first)
    said = await api.post(f"runs/{first}/restart")
    assert (said.status, said.body["restart_of"]) == (202, first)
    assert (await ended(api, said.body["id"]))["state"] == "succeeded"


async def test_one_of_a_kind_is_active_at_a_time_and_can_be_cancelled(api: Api) -> None:
    run_id = await started(api, WAIT)
    text = refused(await api.post("runs", WAIT), 409)
    assert text.startswith(f"Run {run_id} of this kind has not ended yet")
    said = await api.post(f"runs/{run_id}/cancel")
    assert (said.status, said.body["state"]) == (202, "cancelled")
    assert "ended already" in refused(await api.post(f"runs/{run_id}/cancel"), 409)


async def test_a_repeated_key_is_done_once_and_answered_alike(api: Api) -> None:
    said = await asyncio.gather(
        *(api.post("runs", COUNT, Idempotency_Key="tonight") for _ in range(4))
    )
    assert {one.status for one in said} == {202}
    assert all(one.body == said[0].body for one in said)
    assert {one.headers["Location"] for one in said} == {said[0].headers["Location"]}
    await ended(api, said[0].body["id"])
    assert await api.ground.value("SELECT count(*) FROM runs") == 1
    other = {"kind": "test.count", "params": {"total": 3}}
    text = refused(await api.post("runs", other, Idempotency_Key="tonight"), 422)
    assert text.startswith("Idempotency-Key: another request had this key")
    text = refused(await api.post("runs", other, Idempotency_Key="x" * 201), 422)
    assert text.startswith("Idempotency-Key: use 1 to 200")


async def test_a_key_that_led_to_a_refusal_can_be_used_again(api: Api) -> None:
    run_id = await started(api, WAIT)
    refused(await api.post("runs", WAIT, Idempotency_Key="k"), 409)
    await api.post(f"runs/{run_id}/cancel")
    await started(api, WAIT, Idempotency_Key="k")


async def test_a_key_is_the_tokens_own_and_good_for_a_day(api: Api) -> None:
    first, token = await started(api, COUNT, Idempotency_Key="k"), api.token
    await ended(api, first)
    await api.bear(Access.WRITE)
    second = await started(api, COUNT, Idempotency_Key="k")
    await ended(api, second)
    api.token = token
    assert await started(api, COUNT, Idempotency_Key="k") == first
    assert second != first
    async with api.ground.transaction() as tx:
        await tx.execute("UPDATE api_answers SET asked_at = asked_at - interval '25 hours'")
    assert await started(api, COUNT, Idempotency_Key="other") not in (first, second)
    assert await api.ground.value("SELECT count(*) FROM api_answers") == 1


async def test_notes_and_files_are_attached(api: Api) -> None:
    run_id = await started(api)
    said = await api.post(f"runs/{run_id}/notes", {"text": "the shepherd was ill"})
    assert (said.status, said.body["text"]) == (201, "the shepherd was ill")
    sent = {"data": b"\x00\xff", "headers": {"Content-Type": "image/png"}}
    said = await api.ask("POST", f"runs/{run_id}/artifacts?name=sheep.png", **sent)
    assert (said.status, said.body["size"], said.body["media_type"]) == (201, 2, "image/png")
    run = await ended(api, run_id)
    assert [note["author"] for note in run["notes"]] == [run["started_by"]]
    assert [one["name"] for one in run["artifacts"]] == ["sheep.png", "sheep.txt"]


async def test_lists_are_filtered_and_paged(api: Api) -> None:
    for total in (0, 1, 2, 3, 0):
        body = {"kind": "test.count", "params": {"total": total}}
        await ended(api, await started(api, body))
    await api.post(f"runs/{await started(api, WAIT)}/cancel")

    async def listed(query: str) -> list[int]:
        return [run["id"] for run in (await api.get(f"runs?{query}")).body["runs"]]

    everything = await listed("")
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 6
    assert await listed("kind=test.wait") == everything[:1]
    assert await listed("state=no_work") == [everything[1], everything[5]]
    assert await listed("trigger=cron") == []
    assert await listed("since=2199-01-01T00:00:00Z") == []
    assert await listed("since=0001-01-01T00:00:00%2B14:00") == everything
    assert await listed("since=9999-12-31T23:59:59-14:00") == []
    assert await listed("since=2001-01-01T00:00:00%2B02:00") == everything
    first = (await api.get("runs?limit=4")).body
    second = (await api.get(f"runs?limit=4&cursor={first['next_cursor']}")).body
    assert [run["id"] for run in (*first["runs"], *second["runs"])] == everything
    assert second["next_cursor"] is None


async def test_what_people_start_and_steer_is_audited(api: Api) -> None:
    run_id = await started(api, WAIT)
    await api.post(f"runs/{run_id}/notes", {"text": "hm"})
    await api.post(f"runs/{run_id}/cancel")
    async with api.ground.transaction() as tx:
        rows = await tx.fetch(
            "SELECT action, actor FROM audits WHERE action LIKE 'run.%' ORDER BY audit_id"
        )
    assert [row["action"] for row in rows] == ["run.started", "run.note_added", "run.cancelled"]
    assert all(row["actor"].startswith("token:") for row in rows)


async def test_the_kinds_that_can_be_started_are_listed(api: Api) -> None:
    listed = (await api.get("pipelines")).body["pipelines"]
    assert [one["kind"] for one in listed] == ["test.count", "test.wait"]
    assert listed[0] == {
        "kind": "test.count",
        "title": "Counting sheep",
        "steps": ["Count them", "Tell how many"],
    }
