"""A load balancer as companies have one before Hunch: asks who is ready, takes turns, never repeats.

It keeps connections open and uses them again, as nginx and cloud balancers do. A request that finds
no answer is answered 502, and counted by whoever sent it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_ASK = b"GET /health/ready HTTP/1.1\r\nHost: balancer\r\nConnection: close\r\n\r\n"
_BAD = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Backend:
    """One `hunch serve`; `ready` as its last health check said."""

    port: int
    ready: bool = False
    served: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    idle: list[Line] = field(default_factory=list)

    async def line(self) -> Line:
        while self.idle:
            reader, writer = self.idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    def see(self, ready: bool) -> None:
        if ready != self.ready:
            self.ready = ready
            self.changed.set()

    async def until(self, ready: bool) -> None:
        """Wait until health checks say so."""
        async with asyncio.timeout(60):
            while self.ready is not ready:
                self.changed.clear()
                await self.changed.wait()


@dataclass
class Balancer:
    port: int
    backends: Sequence[Backend]
    check_every_s: float
    serving: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: itertools.count[int] = field(default_factory=itertools.count)

    def _next(self) -> Backend | None:
        ready = [backend for backend in self.backends if backend.ready]
        return ready[next(self._turns) % len(ready)] if ready else None

    async def watch(self, backend: Backend) -> None:
        while True:
            backend.see(await _is_ready(backend.port))
            await asyncio.sleep(self.check_every_s)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await _message(reader)
                backend = self._next()
                writer.write(_BAD if backend is None else await _pass_on(backend, request))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _pass_on(backend: Backend, request: bytes) -> bytes:
    try:
        reader, writer = await backend.line()
    except OSError:
        return _BAD
    try:
        writer.write(request)
        answer = await _message(reader)
    except (asyncio.IncompleteReadError, OSError):
        writer.close()
        return _BAD
    backend.served += 1
    if b"connection: close" in answer.partition(b"\r\n\r\n")[0].lower():
        writer.close()
    else:
        backend.idle.append((reader, writer))
    return answer


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return head + (await reader.readexactly(int(length)) if length else b"")


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(_ASK)
        return (await reader.readline()).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
    finally:
        writer.close()


@asynccontextmanager
async def balancing(
    port: int, *backends: int, check_every_s: float = 0.5
) -> AsyncIterator[Balancer]:
    """Listen on `port` and share what comes among the `backends` that are ready."""
    balancer = Balancer(port, [Backend(one) for one in backends], check_every_s)
    server = await asyncio.start_server(balancer.accept, "127.0.0.1", port)
    watching = [asyncio.create_task(balancer.watch(one)) for one in balancer.backends]
    try:
        for backend in balancer.backends:
            await backend.until(True)
        yield balancer
    finally:
        server.close()
        for task in (*watching, *balancer.serving):
            task.cancel()
        await asyncio.gather(*watching, *balancer.serving, return_exceptions=True)
        for backend in balancer.backends:
            for _, writer in backend.idle:
                writer.close()
