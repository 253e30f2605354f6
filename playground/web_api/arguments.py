"""Reads a Web API request as Slack does: query, JSON or form, and the token wherever it is."""

from __future__ import annotations

import base64
import json

from aiohttp import web

from playground.records import Json
from playground.web_api.calls import SlackError

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def read_arguments(request: web.Request) -> Json:
    """Return all arguments; answers `invalid_json` and its like."""
    args: Json = dict(request.query)
    if request.method == "POST" and request.can_read_body:
        args |= await _body(request)
    return args


async def _body(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return _json(await request.read())
    if request.content_type not in _FORMS:
        raise SlackError("invalid_post_type")
    try:
        return {key: str(value) for key, value in (await request.post()).items()}
    except (ValueError, UnicodeDecodeError):
        raise SlackError("invalid_form_data") from None


def _json(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(found, dict):
        raise SlackError("json_not_object")
    return found


def take_token(request: web.Request, args: Json) -> str:
    """Return the token, taking it out of the arguments; answers `not_authed`."""
    given = str(args.pop("token", ""))
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    token = value.strip() if scheme.lower() == "bearer" else given
    if not token:
        raise SlackError("not_authed")
    return token


def take_client(request: web.Request, args: Json) -> None:
    """Put the client id and secret of HTTP Basic authentication among the arguments.

    A bearer token is put there, too: as the one that the call is about, not as a key.
    """
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        args["token"] = value.strip()
    if scheme.lower() != "basic":
        return
    try:
        client_id, _, client_secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        raise SlackError("invalid_client_id") from None
    args["client_id"], args["client_secret"] = client_id, client_secret
