"""Signed HTTP requests to an app's request URL, for apps that do not use Socket Mode."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp

from playground.clock import Clock
from playground.envelopes import Ack, Envelope, Kind
from playground.records import App
from playground.sockets import ACK_DEADLINE_S

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


def signed_headers(secret: str, body: bytes, *, at: float) -> dict[str, str]:
    """Return Slack's signature headers for `body`.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    timestamp = str(int(at))
    base = b"v0:" + timestamp.encode() + b":" + body
    signature = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={signature}"}


def encode(envelope: Envelope) -> tuple[bytes, str]:
    """Return an envelope's body over HTTP and its content type."""
    if envelope.kind is Kind.EVENT:
        return json.dumps(envelope.payload).encode(), _JSON
    if envelope.kind is Kind.INTERACTION:
        return urlencode({"payload": json.dumps(envelope.payload)}).encode(), _FORM
    return urlencode(envelope.payload).encode(), _FORM


class HttpEvents:
    """Delivers envelopes to request URLs; one shared session, no proxies.

    Signatures carry the real time, for apps check them against theirs.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session = aiohttp.ClientSession(trust_env=False)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def deliver(self, app: App, envelope: Envelope) -> Ack:
        """Send an envelope and wait 3 s for a 2xx answer."""
        body, content_type = encode(envelope)
        headers = self._headers(app, body, content_type, envelope)
        try:
            return await self._clock.within(
                self._post(_address(app, envelope), body, headers), ACK_DEADLINE_S
            )
        except TimeoutError:
            return Ack.missed("http_timeout")
        except aiohttp.ClientError:
            return Ack.missed("connection_failed")

    def _headers(
        self, app: App, body: bytes, content_type: str, envelope: Envelope
    ) -> dict[str, str]:
        headers = signed_headers(app.signing_secret, body, at=time.time())
        headers |= {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (playground)"}
        if envelope.retry:
            headers["X-Slack-Retry-Num"] = str(envelope.retry.attempt)
            headers["X-Slack-Retry-Reason"] = envelope.retry.reason
        return headers

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Ack:
        async with self._session.post(url, data=body, headers=headers) as answer:
            text = await answer.text()
            if not 200 <= answer.status < 300:
                no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
                return Ack.missed("http_error", no_retry=no_retry)
            return Ack.given(_content(text))

    async def verify_url(self, app: App) -> bool:
        """Ask the request URL to repeat a challenge, as Slack does when it is configured."""
        challenge = secrets.token_urlsafe(24)
        asked = {
            "type": "url_verification",
            "token": app.verification_token,
            "challenge": challenge,
        }
        body = json.dumps(asked).encode()
        headers = signed_headers(app.signing_secret, body, at=time.time())
        headers["Content-Type"] = _JSON
        async with self._session.post(app.request_url, data=body, headers=headers) as answer:
            return answer.status == 200 and challenge in await answer.text()


def _address(app: App, envelope: Envelope) -> str:
    """Return where an envelope goes: menus have an address of their own, if the app has one."""
    asks = envelope.payload.get("type") == "block_suggestion"
    return app.options_url if asks and app.options_url else app.request_url


def _content(text: str) -> dict[str, object] | None:
    """Return an acknowledgement's content: JSON, or text to show."""
    try:
        content = json.loads(text)
    except ValueError:
        return {"text": text} if text.strip() else None
    return content if isinstance(content, dict) else None
