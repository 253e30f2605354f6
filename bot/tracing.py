"""Traces for OpenTelemetry, if the operator names a collector: which request led to which call.

Spans go out in batches from a thread of their own; while the collector is away they are dropped,
never waited for. Attributes are ids and closed words: no text, no token, no name. The library is
imported only when tracing is on, and nothing is left to `OTEL_…` variables.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

from bot import log

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

_MOST_WAITING = 2048
_BATCH = 256
_EVERY_MS = 1000
_ANSWER_S = 3.0
_FAREWELL_S = 3.0
_log = log.get("tracing")

Attributes = Mapping[str, str | int]


class OpenSpan:
    """A span under way; it is the parent of those that begin inside it."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span, token: Token[Context]) -> None:
        self._span = span
        self._token = token

    @property
    def trace_id(self) -> str:
        return f"{self._span.get_span_context().trace_id:032x}"

    def end(self, attributes: Attributes, *, failed: bool) -> None:
        """Close it. No error's message is kept: it might quote somebody."""
        from opentelemetry import context
        from opentelemetry.trace import StatusCode

        self._span.set_attributes({f"hunch.{name}": value for name, value in attributes.items()})
        if failed:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
        context.detach(self._token)


class Spans:
    """Makes spans and sends them to one collector."""

    def __init__(self, tracer: Tracer, shut_down: Callable[[], None]) -> None:
        self._tracer = tracer
        self._shut_down = shut_down

    def begin(self, name: str, *, parent: str | None = None) -> OpenSpan:
        """Open a span inside the current one, or inside `parent`, a W3C `traceparent`."""
        from opentelemetry import context, trace

        around = _context_of(parent) if parent else None
        span = self._tracer.start_span(name, around)
        return OpenSpan(span, context.attach(trace.set_span_in_context(span, around)))

    def current(self) -> str:
        """The current span as a W3C `traceparent`; "" outside of any."""
        from opentelemetry import trace

        found = trace.get_current_span().get_span_context()
        if not found.is_valid:
            return ""
        return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"

    async def close(self) -> None:
        """Send what is left; after a few seconds, go without."""
        done, loop = asyncio.Event(), asyncio.get_running_loop()

        def shut_down() -> None:
            self._shut_down()
            if not loop.is_closed():
                loop.call_soon_threadsafe(done.set)

        # A daemon, so that a collector that hangs cannot keep the process.
        threading.Thread(target=shut_down, daemon=True).start()
        try:
            await asyncio.wait_for(done.wait(), _FAREWELL_S)
        except TimeoutError:
            _log.warning("tracing.closed_late", after_s=_FAREWELL_S)


def spans_to(endpoint: str) -> Spans:
    """Spans for the OTLP/HTTP collector at `endpoint` (its base URL, without `/v1/traces`)."""
    import requests
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    # Its retries are everyday life while a collector is away; it says so once each 20 s.
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    session = requests.Session()
    session.trust_env = False  # neither proxies nor .netrc
    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces",
        timeout=_ANSWER_S,
        compression=Compression.Gzip,
        session=session,
    )
    processor = BatchSpanProcessor(
        exporter,
        max_queue_size=_MOST_WAITING,
        schedule_delay_millis=_EVERY_MS,
        max_export_batch_size=_BATCH,
        export_timeout_millis=_ANSWER_S * 1000,
    )
    provider = TracerProvider(
        sampler=ALWAYS_ON, resource=Resource(_who_we_are()), shutdown_on_exit=False
    )
    provider.add_span_processor(processor)
    return Spans(provider.get_tracer("hunch"), processor.shutdown)


def _who_we_are() -> dict[str, str]:
    return {
        "service.name": "hunch",
        "service.version": version("hunch"),
        "service.instance.id": str(uuid.uuid4()),
    }


def _context_of(traceparent: str) -> Context:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})
