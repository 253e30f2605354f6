"""An OpenTelemetry collector for tests: takes OTLP over HTTP, strictly, and keeps the spans."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Collector:
    """What arrived; `complaints` names whatever was not as the protocol says."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)
    raw: bytes = b""
    complaints: list[str] = field(default_factory=list)
    hangs: asyncio.Event | None = None
    status: int = 200
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        if self.hangs is not None:
            await self.hangs.wait()
        if request.content_type != "application/x-protobuf":
            self.complaints.append(f"content type {request.content_type}")
        body = await request.read()
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.keep(body)
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(),
            content_type="application/x-protobuf",
            status=self.status,
        )

    def keep(self, body: bytes) -> None:
        sent = ExportTraceServiceRequest()
        if sent.ParseFromString(body) != len(body) or not sent.resource_spans:
            self.complaints.append("not an ExportTraceServiceRequest")
        self.raw += body
        for group in sent.resource_spans:
            told = {one.key: one.value.string_value for one in group.resource.attributes}
            self.resources.append(told)
            for scope in group.scope_spans:
                for span in scope.spans:
                    self._check(span)
                    self.spans.append(span)
        self._news.set()

    def _check(self, span: Span) -> None:
        if len(span.trace_id) != 16 or len(span.span_id) != 8:
            self.complaints.append(f"{span.name}: ids of a wrong length")
        if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano:
            self.complaints.append(f"{span.name}: it ends before it begins")

    async def until(self, holds: Callable[[], bool], *, timeout_s: float = 20.0) -> None:
        """Wait for spans until it holds."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def parent(self, span: Span) -> Span | None:
        return next((one for one in self.spans if one.span_id == span.parent_span_id), None)

    def ancestors(self, span: Span) -> list[str]:
        """The names from the span's parent to the root."""
        parent = self.parent(span)
        return [] if parent is None else [parent.name, *self.ancestors(parent)]


def attributes(span: Span) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application(client_max_size=2**25)
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        if collector.hangs is not None:
            collector.hangs.set()
        await runner.cleanup()
