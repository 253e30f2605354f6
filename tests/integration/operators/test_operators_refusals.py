"""What the API refuses, with a status for programs and words for people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import failpoints
from bot.domain.api_tokens import BURST, Access
from handlers.operators import operations
from handlers.operators.documents import document
from jobs import registry
from tests.integration.operators.support import COUNT, WAIT, refused, started
from tests.operators import Api, Show
from tests.scenario.places import around

REQUESTS = around("admit_token", "api_read", "api_write")
QUERIES = (
    "limit=0", "limit=101", "limit=1.0", "limit=+5", "limit=", "limit=1&limit=2", "cursor=x",
    "cursor=99999999999999999999", "state=lost", "trigger=", "since=yesterday", "since=0.5",
    "since=2026-11-20T12:00:00", "kind=%00", "colour=red",
)  # fmt: skip
BODIES = {
    b"{": 400,
    b"": 400,
    b"\xff": 400,
    b'{"kind": "test.count", "params": {"label": "\\ud800"}}': 400,
    b"[]": 422,
    b'{"kind": "test.count", "more": 1}': 422,
    b'{"kind": "test.count", "params": {"total": 1e999}}': 422,
    b'{"kind": "test.count", "params": {"label": "\\u0000"}}': 422,
    b'{"kind": "nothing.known"}': 422,
}


async def test_a_query_that_does_not_fit_is_refused_in_words(api: Api) -> None:
    for query in QUERIES:
        said = await api.get(f"runs?{query}")
        assert refused(said, 422).startswith(f"query.{query.partition('=')[0]}: ")
        assert said.body["faults"]


async def test_an_address_that_does_not_fit_is_refused(api: Api) -> None:
    for run_id in ("0", "-1", "abc", "1_0", "9223372036854775808", "%00", "1%20"):
        assert refused(await api.get(f"runs/{run_id}"), 422).startswith("path.run_id: ")


async def test_a_body_that_does_not_fit_is_refused(api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    for body, status in BODIES.items():
        refused(await api.ask("POST", "runs", data=body, headers=headers), status)
    said = await api.ask("POST", "runs", data={"kind": "test.count"})
    assert refused(said, 415) == "Send JSON, with `Content-Type: application/json`."


async def test_a_file_that_cannot_be_kept_is_refused(api: Api) -> None:
    run_id = await started(api)
    for query, media_type in (("name=a/b", "text/plain"), ("", "text/plain"), ("name=a", "a/B_c")):
        sent = {"data": b"x", "headers": {"Content-Type": media_type}}
        refused(await api.ask("POST", f"runs/{run_id}/artifacts?{query}", **sent), 422)


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_what_is_too_large_is_refused(api: Api) -> None:
    run_id = await started(api)
    sent = {"data": b"x" * 10_000_001}
    text = refused(await api.ask("POST", f"runs/{run_id}/artifacts?name=a", **sent), 413)
    assert text == "At most 10,000,000 bytes can be sent here."
    refused(await api.post(f"runs/{run_id}/notes", {"text": "x" * 70_000}), 413)


async def test_what_is_not_there_is_said_so(api: Api) -> None:
    for way in ("runs/777", "runs/777/steps", "runs/777/artifacts", "runs/777/artifacts/1"):
        assert "There is no run 777 here" in refused(await api.get(way), 404)
    for way in ("retry", "restart", "cancel"):
        assert "There is no run 777 here" in refused(await api.post(f"runs/777/{way}"), 404)
    assert "openapi.json" in refused(await api.get("nothing"), 404)
    said = await api.ask("DELETE", "runs/777")
    assert refused(said, 405) == "Use GET here."
    assert said.headers["Allow"] == "GET"


async def test_a_reading_token_starts_nothing(api: Api) -> None:
    await api.bear(Access.READ)
    said = await api.post("runs", COUNT)
    assert "may only read" in refused(said, 403)
    assert said.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'
    assert await api.ground.value("SELECT count(*) FROM runs") == 0


async def test_nobody_gets_in_without_a_token_that_is_good(api: Api) -> None:
    good = api.token
    for said in ("", "Basic x", "Bearer", f"Bearer {good} more"):
        answer = await api.ask("GET", "runs", headers={"Authorization": said})
        assert refused(answer, 401).startswith("Send a token")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    api.token = good[:-1] + ("A" if good[-1] != "A" else "B")
    assert "I don't know this token" in refused(await api.get("runs"), 401)
    api.token = good
    async with api.ground.transaction() as tx:
        await tx.execute("UPDATE api_tokens SET expires_at = '2026-01-01T00:00:00Z'")
    assert "was good until 2026-01-01" in refused(await api.get("runs"), 401)
    async with api.ground.transaction() as tx:
        await tx.execute("UPDATE api_tokens SET revoked_at = now()")
    assert "was revoked" in refused(await api.get("runs"), 401)


async def test_who_asks_too_often_is_told_when_to_go_on(api: Api) -> None:
    await api.bear(Access.READ)
    said = await api.get("runs")
    assert said.headers["RateLimit-Policy"] == f'"token";q={BURST};w=30'
    assert said.headers["RateLimit"] == f'"token";r={BURST - 1}'
    used_up = api.ground.now() + timedelta(seconds=29.9)
    async with api.ground.transaction() as tx:
        await tx.execute("UPDATE api_tokens SET busy_until = $1", used_up)
    said = await api.get("runs")
    assert refused(said, 429) == "This token asks too often. Go on in 1 s."
    assert said.headers["Retry-After"] == "1"
    assert said.headers["RateLimit"] == '"token";r=0;t=1'


async def test_another_workspaces_runs_cannot_be_seen(api: Api) -> None:
    run_id = await started(api)
    await api.bear(Access.WRITE, team=await api.ground.add_team())
    refused(await api.get(f"runs/{run_id}"), 404)
    refused(await api.post(f"runs/{run_id}/cancel"), 404)
    assert (await api.get("runs")).body["runs"] == []


async def test_a_request_that_was_broken_off_can_be_repeated(api: Api) -> None:
    """Cut off before or after it is stored: with the same key it is done once all the same."""
    for place in REQUESTS:
        failpoints.arm({place: "fail"})
        if place.startswith("api_read"):
            answer = await api.get("runs")
        else:
            answer = await api.post("runs", WAIT, Idempotency_Key="k")
        assert answer.status in (500, 503)
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await api.post("runs", WAIT, Idempotency_Key="k")).status == 202
    assert len((await api.get("runs")).body["runs"]) == 1


def test_without_pipelines_there_is_nothing_to_start() -> None:
    assert "post" not in document(operations({}))["paths"]["/api/runs"]


def test_a_single_pipeline_is_one_kind_to_start() -> None:
    kinds = registry.run_kinds(Show().pipelines()[1:])
    told = document(operations(kinds))["components"]["schemas"]
    assert [name for name in told if name.startswith("Start_")] == ["Start_test_wait"]
