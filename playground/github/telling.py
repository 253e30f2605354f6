"""What Apps are told: who hears of an event, what is sent, what did not arrive and is sent again."""

from __future__ import annotations

import json
import time
import uuid
from datetime import datetime
from itertools import count

from playground.github.hooks import Hook, Sent, post
from playground.github.node_ids import node_id
from playground.github.records import App, Delivery, Installed, Repository
from playground.github.rest import shapes
from playground.github.world import World
from playground.records import Json

_KEPT = 500
# Every App hears of these, asked or not.
_ALWAYS = frozenset({"installation", "installation_repositories", "github_app_authorization"})
_NEEDS = {
    "member": "members",
    "membership": "members",
    "organization": "members",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "push": "contents",
    "repository": "metadata",
    "team": "members",
}


class Telling:
    """Sends webhooks to Apps. `fail_next` is how many are lost from now on, and until `fail_until`
    (seconds since 1970 on the playground's clock) all are: GitHub notes them as failed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ids = count(int(time.time() * 1_000_000))
        self.fail_next = 0
        self.fail_until = 0.0

    def covers(self, full_name: str) -> bool:
        """Whether an App hears of what happens in a repository."""
        found, _ = self._world.find_repository(full_name)
        apps = [app for app in self._world.apps if app.webhook_url]
        return found is not None and any(self._world.coverage(found, app) for app in apps)

    def taken(self, full_name: str) -> int:
        """The highest number that a repository's generated past has."""
        found, _ = self._world.find_repository(full_name)
        return found.plan.count if found is not None and found.plan is not None else 0

    async def tell_of(self, full_name: str, event: str, payload: Json) -> list[Sent]:
        """Tell the Apps that were let into a repository; returns what was sent."""
        repository, _ = self._world.find_repository(full_name)
        if repository is None:
            return []
        self._complete(payload, repository)
        if event == "push":
            _count_times(payload["repository"])
        told = []
        for app in self._world.apps:
            one = self._world.coverage(repository, app)
            if one is not None:
                told += await self.tell(app, one, event, payload, repository)
        return told

    async def tell_account(self, login: str, event: str, payload: Json) -> list[Sent]:
        """Tell the Apps in an organisation."""
        told = []
        account = self._world.organisation(login)
        payload["organization"] = shapes.short_organisation(account)
        for one in self._world.installations:
            if one.account == login and not one.removed:
                told += await self.tell(self._world.apps[str(one.app_id)], one, event, payload)
        return told

    async def tell(
        self,
        app: App,
        one: Installed,
        event: str,
        payload: Json,
        repository: Repository | None = None,
    ) -> list[Sent]:
        """Tell one App, if it listens and may; returns what was sent."""
        if not app.webhook_url or not _hears(one, event):
            return []
        short = {"id": one.id, "node_id": node_id("MDIzOk", one.id)}
        body = json.dumps({**payload, "installation": payload.get("installation", short)})
        delivery = Delivery(
            next(self._ids),
            str(uuid.uuid4()),
            app.id,
            event,
            body,
            "",
            action=payload.get("action"),
            installation_id=one.id,
            repository_id=repository.id if repository else None,
        )
        return [await self._deliver(app, delivery)]

    async def redeliver(self, delivery: Delivery) -> Sent:
        """Send it again, under the same guid, as GitHub's "Redeliver" does."""
        again = Delivery(
            next(self._ids),
            delivery.guid,
            delivery.app_id,
            delivery.event,
            delivery.body,
            "",
            action=delivery.action,
            redelivery=True,
            installation_id=delivery.installation_id,
            repository_id=delivery.repository_id,
        )
        return await self._deliver(self._world.apps[str(delivery.app_id)], again)

    async def _deliver(self, app: App, delivery: Delivery) -> Sent:
        sent = Sent(delivery.guid, delivery.event, delivery.body.encode())
        delivery.delivered_at = self._world.now()
        self._world.deliveries.put(delivery)
        self._world.state.keeper.flush()
        began = time.monotonic()
        if not self._is_lost():
            sent.status = await post(Hook(app.webhook_url, app.webhook_secret), sent)
        delivery.status_code = sent.status
        delivery.duration = round(time.monotonic() - began, 2)
        self._world.deliveries.put(delivery)
        for old in list(self._world.deliveries)[: max(0, len(self._world.deliveries) - _KEPT)]:
            self._world.deliveries.drop(old.key)
        return sent

    def _is_lost(self) -> bool:
        if self.fail_next > 0:
            self.fail_next -= 1
            return True
        return self._world.state.clock.now() < self.fail_until

    def _complete(self, payload: Json, repository: Repository) -> None:
        """Say what the repository and its owner are called by now, wherever they are named."""
        now = shapes.repository(self._world, repository)
        payload["repository"] = now
        for side in ("head", "base"):
            if side in payload.get("pull_request", {}):
                payload["pull_request"][side] = {**payload["pull_request"][side], "repo": now}
        owner = self._world.accounts.find(repository.owner.lower())
        if owner is not None and owner.kind == "Organization":
            payload["organization"] = shapes.short_organisation(owner)


def _count_times(repository: Json) -> None:
    """In pushes a repository's times are numbers."""
    for key in ("created_at", "pushed_at"):
        repository[key] = int(datetime.fromisoformat(repository[key]).timestamp())


def _hears(one: Installed, event: str) -> bool:
    if event in _ALWAYS:
        return True
    needs = _NEEDS.get(event)
    allowed = needs is None or needs in one.permissions
    return one.suspended_at is None and event in one.events and allowed
