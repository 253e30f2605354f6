"""What tests of the API say over and over."""

from __future__ import annotations

from typing import Any

from tests.operators import Api, Said

COUNT = {"kind": "test.count", "params": {"total": 25}}
WAIT = {"kind": "test.wait"}


async def started(api: Api, body: Any = COUNT, **headers: str) -> int:
    """Start a run; its number. Nobody works at it yet."""
    said = await api.post("runs", body, **headers)
    assert said.status == 202, said.body
    assert said.headers["Location"] == f"/api/runs/{said.body['id']}"
    run_id: int = said.body["id"]
    return run_id


async def ended(api: Api, run_id: int) -> dict[str, Any]:
    """The run, once all that is due has been done."""
    await api.ground.drain()
    run: dict[str, Any] = (await api.get(f"runs/{run_id}")).body
    return run


def refused(said: Said, status: int) -> str:
    """What the problem says."""
    assert said.status == status, said.body
    assert said.headers["Content-Type"] == "application/problem+json"
    assert said.body["status"] == status
    detail: str = said.body["detail"]
    return detail
