"""A door in front of PostgreSQL that a test can shut: connections are cut and new ones refused."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from tests.databases import TestDatabase

_SOCKET = ".s.PGSQL.5432"


class Gate:
    """Passes bytes on to a real server's socket, until it is shut."""

    def __init__(self, real: Path, place: Path) -> None:
        self._real = real
        self._path = place / _SOCKET
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Let connections through (again)."""
        self._server = await asyncio.start_unix_server(self._pass_on, path=self._path)

    async def shut(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._server is None:
            return
        self._server.close()
        self._path.unlink(missing_ok=True)
        for writer in list(self._writers):
            writer.transport.abort()
        self._server = None

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(self._real)
        self._writers |= {writer, there_writer}
        try:
            await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))
        finally:
            self._writers -= {writer, there_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def gated(database: TestDatabase) -> AsyncIterator[tuple[Gate, TestDatabase]]:
    """The database behind a gate; its owner and superuser go round it."""
    parts = urlsplit(database.app_url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    real = Path(query["host"]) / f".s.PGSQL.{query.get('port', '5432')}"
    with tempfile.TemporaryDirectory(prefix="gate") as place:
        gate = Gate(real, Path(place))
        await gate.open()
        behind = urlencode(query | {"host": place, "port": "5432"})
        url = urlunsplit(parts._replace(query=behind))
        try:
            yield gate, replace(database, app_url=url)
        finally:
            await gate.shut()
