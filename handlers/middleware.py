"""The one place where a request's unforeseen errors are caught: logged, counted, answered."""

from __future__ import annotations

import uuid

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot import log
from bot.errors import Conflict, DatabaseAway
from handlers.counts import Refusals

_log = log.get("handlers.middleware")


def answering_errors(refusals: Refusals) -> Middleware:
    """An aiohttp middleware: 503 where nothing could be stored, 500 with a reference otherwise."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            refusals.add("http", str(error.status))
            raise
        except (DatabaseAway, Conflict) as error:
            refusals.add("http", "not_stored")
            _log.warning("request.not_stored", path=request.path, error=type(error).__name__)
            headers = {"Retry-After": "5"}
            return web.Response(status=503, text="Please try again shortly.", headers=headers)
        except Exception:  # noqa: BLE001  (one of the two places that may, see docs/map.md)
            reference = uuid.uuid4().hex[:8]
            _log.exception("request.failed", reference=reference, path=request.path)
            return web.Response(status=500, text=f"Something went wrong ({reference}).")

    return middleware
