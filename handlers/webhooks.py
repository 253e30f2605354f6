"""Takes GitHub's webhooks: verified over the raw bytes, stored, answered; a job does the rest."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from urllib.parse import parse_qs

from aiohttp import web
from pydantic_core import from_json

from bot.domain.ids import WorkspaceId
from bot.errors import SecretLocked
from bot.use_cases import connections, deliveries
from bot.use_cases.connections import Hook
from handlers.bodies import read_body
from handlers.desk import Desk
from handlers.middleware import watched_of
from handlers.signatures import is_githubs

LARGEST_BODY = 25 * 1024 * 1024
# So long, because each look leaves an audit event; a key that comes back is seen sooner.
_HOOK_IS_FRESH_S = 60.0
_LOCK_IS_FRESH_S = 10.0
_MOST_HOOKS = 10_000
_LOCKED = "Hunch cannot open this webhook's secret at the moment. Please deliver this again later."
_DELIVERY = re.compile(r"[A-Za-z0-9-]{1,100}")
_EVENT = re.compile(r"[a-z_]{1,60}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class GithubDoor:
    """`POST /webhooks/github` for the GitHub App, `/webhooks/github/<key>` for other webhooks."""

    def __init__(self, desk: Desk, *, app_secret: str | None) -> None:
        self._desk = desk
        self._app_secret = app_secret
        # Until when they are fresh, and what was found.
        self._hooks: dict[str, tuple[float, Hook | SecretLocked]] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/webhooks/github", self.from_app)
        app.router.add_post("/webhooks/github/{key}", self.from_hook)

    async def from_hook(self, request: web.Request) -> web.Response:
        """A repository's or organisation's webhook, with a secret of its own."""
        body = await read_body(request, largest=LARGEST_BODY)
        hook = await self._hook(request.match_info["key"])
        if hook is None:
            return self._unknown()
        if isinstance(hook, SecretLocked):
            return self._refuse(503, "secret_locked", _LOCKED)
        if not _is_signed(request, body, hook.secret):
            return self._refuse(401, "bad_signature", "The signature does not match the secret.")
        if not await connections.still_leads(self._desk.db, hook):
            self._hooks.pop(hook.key, None)
            return self._unknown()
        return await self._take(request, _payload(request, body), hook.workspace_id)

    async def from_app(self, request: web.Request) -> web.Response:
        """The GitHub App's webhook: one secret, the workspace found by installation."""
        body = await read_body(request, largest=LARGEST_BODY)
        if self._app_secret is None:
            return self._refuse(404, "no_app", "No GitHub App: set GITHUB_WEBHOOK_SECRET.")
        if not _is_signed(request, body, self._app_secret):
            return self._refuse(401, "bad_signature", "The signature does not match the secret.")
        payload = _payload(request, body)
        installation_id = connections.claimed_installation(payload)
        if installation_id is None:
            return self._refuse(400, "no_installation", "The delivery names no installation.")
        workspace_id = await connections.find_installation(self._desk.db, installation_id)
        if workspace_id is None:
            return self._refuse(404, "unknown_installation", "This installation is not connected.")
        return await self._take(request, payload, workspace_id)

    async def _take(
        self, request: web.Request, payload: bytes, workspace_id: WorkspaceId
    ) -> web.Response:
        event = request.headers.get("X-GitHub-Event", "")
        delivery_id = request.headers.get("X-GitHub-Delivery", "")
        if not (_EVENT.fullmatch(event) and _DELIVERY.fullmatch(delivery_id)):
            return self._refuse(400, "bad_headers", "X-GitHub-Event or -Delivery is missing.")
        if not _is_object(payload):
            return self._refuse(400, "bad_json", "The body is not a JSON object.")
        watched_of(request).tell(workspace_id=workspace_id, delivery_id=delivery_id)
        verdict = await deliveries.accept(
            self._desk.db,
            workspace_id,
            source="github",
            delivery_id=delivery_id,
            event=event,
            body=payload,
            now=self._desk.now(),
        )
        return web.Response(status=202, text=verdict)

    async def _hook(self, key: str) -> Hook | SecretLocked | None:
        """The webhook with its secret, remembered for a moment; where it leads may have changed."""
        if not _KEY.fullmatch(key):
            return None
        known = self._hooks.get(key)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        hook = await self._look_up(key)
        if hook is not None:
            if len(self._hooks) >= _MOST_HOOKS:
                self._hooks.clear()
            locked = isinstance(hook, SecretLocked)
            fresh_s = _LOCK_IS_FRESH_S if locked else _HOOK_IS_FRESH_S
            self._hooks[key] = (time.monotonic() + fresh_s, hook)
        return hook

    async def _look_up(self, key: str) -> Hook | SecretLocked | None:
        try:
            return await connections.find_hook(self._desk.db, key, vault=self._desk.vault)
        except SecretLocked as error:
            return error.with_traceback(None)

    def _unknown(self) -> web.Response:
        return self._refuse(404, "unknown_hook", "This webhook is not connected.")

    def _refuse(self, status: int, reason: str, text: str) -> web.Response:
        self._desk.refusals.add("github", reason)
        return web.Response(status=status, text=text)


def _is_signed(request: web.Request, body: bytes, secret: str) -> bool:
    signature = request.headers.get("X-Hub-Signature-256", "")
    return is_githubs(secret, body, signature=signature)


def _payload(request: web.Request, body: bytes) -> bytes:
    """The JSON, also where the webhook was set to send it as a form."""
    if request.content_type != "application/x-www-form-urlencoded":
        return body
    fields: Mapping[str, list[str]] = parse_qs(body.decode("utf-8", "replace"))
    return fields.get("payload", [""])[0].encode()


def _is_object(payload: bytes) -> bool:
    try:
        return isinstance(from_json(payload), dict)
    except ValueError:
        return False
