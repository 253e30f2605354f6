"""What an App was sent, and asking for it to be sent again."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

from playground.github.records import Delivery
from playground.github.refusals import Refused, not_found
from playground.github.rest.asking import Ask
from playground.github.telling import Telling
from playground.records import Json

_SHOWN_FOR = timedelta(days=3)
_STATUSES = {0: "failed to connect to host", 200: "OK", 202: "OK", 204: "OK"}


class Deliveries:
    """Answers about deliveries; redeliveries go out while the answer is on its way."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._busy: set[asyncio.Task[Any]] = set()

    def routes(self) -> dict[tuple[str, str], Any]:
        return {
            ("GET", "app/hook/deliveries"): self._list,
            ("GET", "app/hook/deliveries/{id}"): self._show,
            ("POST", "app/hook/deliveries/{id}/attempts"): self._again,
        }

    def _list(self, ask: Ask) -> list[Json]:
        """Newest first; the cursor is an id to go on after."""
        mine = [one for one in ask.world.deliveries if self._is_mine(ask, one)]
        mine.sort(key=lambda one: -one.id)
        query = ask.request.query
        if query.get("cursor", ""):
            if not query["cursor"].isdecimal():
                raise Refused(422, "Cursor is invalid")
            mine = [one for one in mine if one.id < int(query["cursor"])]
        wanted = query.get("status")
        if wanted in ("success", "failure"):
            mine = [one for one in mine if one.arrived == (wanted == "success")]
        size = ask.per_page()
        if len(mine) > size:
            ask.next_by(cursor=mine[size - 1].id)
        return [_short(one) for one in mine[:size]]

    def _find(self, ask: Ask) -> Delivery:
        found = ask.world.deliveries.find(str(ask.number("id")))
        if found is None or not self._is_mine(ask, found):
            raise not_found()
        return found

    def _is_mine(self, ask: Ask, one: Delivery) -> bool:
        """The App's, of the last three days: GitHub shows no older ones."""
        age = ask.world.state.clock.utc() - datetime.fromisoformat(one.delivered_at)
        return one.app_id == ask.app.id and age <= _SHOWN_FOR

    def _show(self, ask: Ask) -> Json:
        one = self._find(ask)
        request = {"headers": {"X-GitHub-Event": one.event}, "payload": json.loads(one.body)}
        answer: Json = {"headers": {}, "payload": None}
        return {**_short(one), "url": "", "request": request, "response": answer}

    def _again(self, ask: Ask) -> tuple[int, Json]:
        task = asyncio.ensure_future(self._telling.redeliver(self._find(ask)))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return 202, {}

    async def settle(self) -> None:
        """Wait until everything that was asked for has been sent."""
        await asyncio.gather(*self._busy, return_exceptions=True)

    async def close(self) -> None:
        """Let go of redeliveries that are under way."""
        for task in list(self._busy):
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)


def _short(one: Delivery) -> Json:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": one.delivered_at,
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": _STATUSES.get(one.status_code, f"Invalid HTTP Response: {one.status_code}"),
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }
