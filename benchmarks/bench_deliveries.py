"""Webhook deliveries, beside a bare handler with HMAC and one committed INSERT:
`python -m benchmarks.bench_deliveries`. Goal: at least 0.6 of its rate.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid

from benchmarks.bare import SECRET
from benchmarks.grounds import (
    WORKSPACE,
    environment,
    free_port,
    postgres,
    process,
    services,
    superuser,
)
from benchmarks.load import Run, flat_out, http_request
from benchmarks.tables import Row, show
from bot.app import operators
from bot.use_cases.connections import Hook

DELIVERIES = 3000
ROUNDS = 3
_BARE_TABLE = """
    CREATE TABLE public.bare_deliveries (
        delivery_id text PRIMARY KEY, body bytea NOT NULL, received_at timestamptz DEFAULT now()
    );
    GRANT INSERT ON public.bare_deliveries TO hunch_app;
    GRANT USAGE ON SCHEMA public TO hunch_app;
"""


def delivery(path: str, secret: str) -> bytes:
    """One signed delivery the size of GitHub's usual ones (25 kB)."""
    body = json.dumps({"action": "labeled", "filler": "x" * 25_000}).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "label",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={digest}",
    }
    return http_request(path, headers, body)


async def measure() -> list[Row]:
    async with postgres() as server, services(server) as opened:
        admin = await superuser(server)
        await admin.execute(_BARE_TABLE)
        await admin.close()
        hook = await operators.connect_webhook(opened, WORKSPACE)
        ours, bare = free_port(), free_port()
        env = environment(server, ours)
        words = ["-m", "benchmarks.bare", "webhook", str(bare), server.app_url]
        async with (
            process(["-m", "bot", "serve"], ours, env),
            process(words, bare, env),
        ):
            pairs = [await _pair(ours, bare, hook) for _ in range(ROUNDS + 1)]
    counted = pairs[1:]
    return [
        Row(
            "deliveries/s, beside HMAC and one INSERT",
            [a.per_second for a, _ in counted],
            [b.per_second for _, b in counted],
            ">=",
            0.6,
        )
    ]


async def _pair(ours: int, bare: int, hook: Hook) -> tuple[Run, Run]:
    mine = [delivery(hook.path, hook.secret) for _ in range(DELIVERIES)]
    theirs = [delivery("/webhooks/github/bare", SECRET) for _ in range(DELIVERIES)]
    a, b = await flat_out(ours, mine), await flat_out(bare, theirs)
    assert a.failed == b.failed == 0, (a.failed, b.failed)
    return a, b


if __name__ == "__main__":
    show(asyncio.run(measure()))
