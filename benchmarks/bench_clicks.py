"""Button clicks that store an answer, beside a bare Bolt app: `python -m benchmarks.bench_clicks`.

Goals: at least 0.25 of a bare app with process_before_response, no less than a bare default app;
p99 at 200 clicks a second under 3 times the bare app's.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from benchmarks.bare import SECRET
from benchmarks.grounds import (
    WORKSPACE,
    environment,
    free_port,
    postgres,
    process,
    seed_parts,
    services,
)
from benchmarks.load import Run, at_rate, flat_out, http_request
from benchmarks.tables import Row, show

CLICKS = 4000
ROUNDS = 3
PARTS = 200
STEADY_PER_S = 200
STEADY = 1000


def click(part_id: int, user: str, rating: str) -> bytes:
    """One signed tap on a rating."""
    payload = {
        "type": "block_actions",
        "user": {"id": user, "username": "person", "name": "person", "team_id": WORKSPACE},
        "api_app_id": "A1",
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "D1"},
        "trigger_id": "1.1.abc",
        "team": {"id": WORKSPACE, "domain": "bench"},
        "channel": {"id": "D1", "name": "directmessage"},
        "message": {"type": "message", "ts": "1.1", "text": "How good is it?", "bot_id": "B1"},
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/T1/1/abc",
        "actions": [
            {
                "action_id": f"survey.rate.{rating}",
                "block_id": f"part:{part_id}:rate",
                "text": {"type": "plain_text", "text": rating},
                "value": str(part_id),
                "type": "button",
                "action_ts": "1.2",
            }
        ],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }
    return http_request("/slack/events", headers, body)


def clicks(parts: list[tuple[int, str]], count: int, *, turn: int) -> list[bytes]:
    """`count` taps, each of which changes what is stored."""
    ratings = ("ok", "super")
    return [
        click(*parts[n % len(parts)], ratings[(n // len(parts) + turn) % 2]) for n in range(count)
    ]


async def measure() -> list[Row]:
    async with postgres() as server, services(server) as opened:
        parts = await seed_parts(opened, PARTS)
        ports = {name: free_port() for name in ("ours", "bolt", "bolt-default")}
        env = environment(server, ports["ours"])
        async with (
            process(["-m", "bot", "serve"], ports["ours"], env),
            process(["-m", "benchmarks.bare", "bolt", str(ports["bolt"])], ports["bolt"], env),
            process(
                ["-m", "benchmarks.bare", "bolt-default", str(ports["bolt-default"])],
                ports["bolt-default"],
                env,
            ),
        ):
            runs = await _rounds(ports, parts)
            stored = await opened.store.pool.fetchval("SELECT 1")
            assert stored == 1
    return _rows(runs)


async def _rounds(
    ports: dict[str, int], parts: list[tuple[int, str]]
) -> dict[str, list[tuple[Run, Run]]]:
    runs: dict[str, list[tuple[Run, Run]]] = {name: [] for name in ports}
    turn = 0
    for port in ports.values():
        await flat_out(port, clicks(parts, 2 * PARTS, turn=turn))
    for _ in range(ROUNDS):
        for name, port in ports.items():
            fast = await flat_out(port, clicks(parts, CLICKS, turn=turn))
            turn += 1
            steady = await at_rate(port, clicks(parts, STEADY, turn=turn), per_second=STEADY_PER_S)
            turn += 1
            assert fast.failed == steady.failed == 0, (name, fast.failed, steady.failed)
            runs[name].append((fast, steady))
    return runs


def _rows(runs: dict[str, list[tuple[Run, Run]]]) -> list[Row]:
    ours = [fast.per_second for fast, _ in runs["ours"]]
    steady = [run.percentile_ms(0.99) for _, run in runs["ours"]]
    bare = [fast.per_second for fast, _ in runs["bolt"]]
    default = [fast.per_second for fast, _ in runs["bolt-default"]]
    bare_p99 = [run.percentile_ms(0.99) for _, run in runs["bolt"]]
    return [
        Row("clicks/s, beside bare Bolt (before response)", ours, bare, ">=", 0.25),
        Row("clicks/s, beside bare Bolt (default)", ours, default, ">=", 1.0),
        Row("p99 ms at 200 clicks/s, beside bare Bolt", steady, bare_p99, "<", 3.0),
    ]


if __name__ == "__main__":
    show(asyncio.run(measure()))
