"""A load generator on bare sockets: light enough not to be what is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went: every request's time in seconds, and how long all took together."""

    times_s: Sequence[float]
    total_s: float
    failed: int

    @property
    def per_second(self) -> float:
        return len(self.times_s) / self.total_s

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.times_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def http_request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of one POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def flat_out(port: int, requests: Sequence[bytes], *, connections: int = 16) -> Run:
    """Send everything as fast as `connections` allow, each waiting for its answer."""
    waiting = iter(requests)
    times: list[float] = []
    failures: list[bytes] = []
    began = time.perf_counter()
    await asyncio.gather(*(_connection(port, waiting, times, failures) for _ in range(connections)))
    return Run(times, time.perf_counter() - began, len(failures))


async def at_rate(port: int, requests: Sequence[bytes], *, per_second: float) -> Run:
    """Send at a steady rate whatever the answers do; times count from when each was due."""
    times: list[float] = []
    failures: list[bytes] = []
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(64):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def one(request: bytes, due: float) -> None:
        line = await idle.get()
        status = await _ask(*line, request)
        times.append(time.perf_counter() - due)
        idle.put_nowait(line)
        if status not in _WELL:
            failures.append(status)

    began = time.perf_counter()
    tasks = []
    for number, request in enumerate(requests):
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(request, due)))
    await asyncio.gather(*tasks)
    total_s = time.perf_counter() - began
    while not idle.empty():
        idle.get_nowait()[1].close()
    return Run(times, total_s, len(failures))


_WELL = (b"200", b"202")


async def _connection(
    port: int, waiting: Iterator[bytes], times: list[float], failures: list[bytes]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        began = time.perf_counter()
        status = await _ask(reader, writer, request)
        times.append(time.perf_counter() - began)
        if status not in _WELL:
            failures.append(status)
    writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """Send one request and read its answer; returns the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    if length and int(length):
        await reader.readexactly(int(length))
    return head[9:12]
