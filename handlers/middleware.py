"""The one place where a request's unforeseen errors are caught: logged, counted, answered.

Around it every request is watched: by its door, the kind of thing it was, and how it ended.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot import log
from bot.errors import Conflict, DatabaseAway
from bot.watch import Watch, Watched
from handlers.counts import Refusals
from handlers.problems import problem

_log = log.get("handlers.middleware")
_WATCHED = web.RequestKey("watched", Watched)
# The beginning of the path says whose door it is; everything else is somebody's guess.
_DOORS = {"api": "api", "slack": "slack_http", "webhooks": "github"}
_UNWATCHED = frozenset({"health", "metrics"})


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
            _log.warning(
                "request.not_stored",
                path=request.path,
                error=type(error).__name__,
                advice=getattr(error, "advice", None),
            )
            headers = {"Retry-After": "5"}
            return _told(request, 503, "Please try again shortly.", headers)
        except Exception:  # noqa: BLE001  (one of the two places that may, see docs/map.md)
            reference = uuid.uuid4().hex[:8]
            _log.exception("request.failed", reference=reference, path=request.path)
            return _told(request, 500, f"Something went wrong ({reference}).")

    return middleware


def _told(
    request: web.Request, status: int, text: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """The answer in the form that this door's callers read."""
    if request.path.startswith("/api/"):
        return problem(status, text, headers=headers)
    return web.Response(status=status, text=text, headers=headers)


def watching(watch: Watch) -> Middleware:
    """An aiohttp middleware that measures, traces and names each request; the outermost one."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        room = request.path.split("/", 2)[1]
        if room in _UNWATCHED:
            return await handler(request)
        door = _DOORS.get(room, "other")
        with watch.request(door, "delivery" if door == "github" else "other") as watched:
            watched.tell(door=door)
            watched.tell_trace()
            request[_WATCHED] = watched
            try:
                answer = await handler(request)
            except web.HTTPException as error:
                watched.outcome = outcome_of_status(error.status)
                raise
            watched.outcome = outcome_of_status(answer.status)
            _log.debug("request.done", outcome=watched.outcome)
            return answer

    return middleware


def watched_of(request: web.Request) -> Watched:
    """What watches this request, which must have come through `watching`."""
    return request[_WATCHED]


def outcome_of_status(status: int) -> str:
    """The closed word for how a request ended."""
    if status < 400:
        return "ok"
    return {500: "failed", 503: "not_stored"}.get(status, "refused")
