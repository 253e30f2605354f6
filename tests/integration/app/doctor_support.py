"""Asks the doctor, and keeps a house for it to look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.app.doctor import Found, Level, examine
from bot.settings import Settings
from tests.databases import TestDatabase
from tests.house.tenants import connected
from tests.stage import free_port

NOBODY = "postgresql://hunch_app:hidden-word@127.0.0.1:9/hunch"  # pragma: allowlist secret


CLOSED = "http://127.0.0.1:9/api/"


async def visit(settings: Settings) -> list[Found]:
    async with asyncio.timeout(60):
        return [found async for found in examine(settings)]


async def found_by(check: str, settings: Settings) -> list[Found]:
    """What one check has to say, its good news left out."""
    return [f for f in await visit(settings) if f.check == check and f.level is not Level.OK]


async def the_one(check: str, settings: Settings) -> Found:
    [found] = await found_by(check, settings)
    assert found.fix
    return found


async def the_problem(check: str, settings: Settings) -> Found:
    [found] = [f for f in await found_by(check, settings) if f.level is Level.PROBLEM]
    return found


def but(settings: Settings, **changed: Any) -> Settings:
    return settings.model_copy(update=changed)


async def as_owner(database: TestDatabase, statement: str) -> None:
    async with connected(database.superuser_url) as superuser:
        await superuser.execute(statement)


@asynccontextmanager
async def another_server(**headers: str) -> AsyncIterator[str]:
    """Somebody else's web server."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "else": 1}, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
