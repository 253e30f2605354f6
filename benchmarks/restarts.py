"""Rolling restart of two `hunch serve` behind a load balancer at 300 clicks a second:
`python -m benchmarks.restarts`. Goal: no click fails.

Each process is told to stop, waited for, started again and waited for, one after the other, while
clicks go on. HUNCH_DRAIN_S stands at 3 s, the balancer asks every half second who is ready.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import Mapping

from benchmarks.bench_clicks import PARTS, clicks
from benchmarks.grounds import Stopwatch, environment, free_port, postgres, seed_parts, services
from benchmarks.load import Run, at_rate
from tests.balancers import Backend, Balancer, balancing

PER_S = 300
SECONDS = 45
DRAIN_S = 3.0
ROUNDS = 2
PATIENCE_S = 3.0


class Server:
    """One `hunch serve` that is stopped and started again."""

    def __init__(self, env: Mapping[str, str], port: int) -> None:
        self._env = {**env, "HUNCH_PORT": str(port), "HUNCH_DRAIN_S": str(DRAIN_S)}
        self.port = port
        self._child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        words = (sys.executable, "-m", "bot", "serve")
        self._child = await asyncio.create_subprocess_exec(*words, env=self._env)

    async def stop(self) -> None:
        assert self._child is not None
        self._child.terminate()
        assert await self._child.wait() == 0


async def restart_all(balancer: Balancer, servers: list[Server]) -> list[float]:
    """Seconds for each restart, from the signal until the balancer sends clicks again."""
    took: list[float] = []
    for _ in range(ROUNDS):
        for server, backend in zip(servers, balancer.backends, strict=True):
            watch = Stopwatch()
            await _restart(server, backend)
            took.append(watch.seconds)
            await asyncio.sleep(1)
    return took


async def _restart(server: Server, backend: Backend) -> None:
    watch = Stopwatch()
    await server.stop()
    stopped_s = watch.seconds
    await backend.until(False)
    await server.start()
    await backend.until(True)
    print(f"stopped after {stopped_s:.1f} s, back after {watch.seconds - stopped_s:.1f} s more")


async def measure() -> tuple[Run, list[float]]:
    async with postgres() as server, services(server) as opened:
        parts = await seed_parts(opened, PARTS)
        ports = [free_port() for _ in range(3)]
        servers = [Server(environment(server, port), port) for port in ports[1:]]
        for one in servers:
            await one.start()
        try:
            async with balancing(ports[0], *ports[1:]) as balancer:
                load = clicks(parts, PER_S * SECONDS, turn=0)
                running = asyncio.create_task(at_rate(ports[0], load, per_second=PER_S))
                await asyncio.sleep(2)
                took = await restart_all(balancer, servers)
                return await running, took
        finally:
            for one in servers:
                await one.stop()


def main() -> None:
    run, took = asyncio.run(measure())
    late = sum(seconds > PATIENCE_S for seconds in run.times_s)
    print(
        f"{len(run.times_s):,} clicks at {PER_S}/s during {len(took)} restarts of "
        f"{statistics.mean(took):.1f} s each: {run.failed} failed (goal: 0), {late} answered later "
        f"than Slack waits ({PATIENCE_S:.0f} s); p50 "
        f"{run.percentile_ms(0.5):.1f} ms, p99 {run.percentile_ms(0.99):.1f} ms, slowest "
        f"{run.percentile_ms(1.0):.0f} ms"
    )


if __name__ == "__main__":
    main()
