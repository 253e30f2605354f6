"""`oauth.v2.*`, `auth.revoke`, `apps.uninstall`: tokens given, renewed and taken back."""

from __future__ import annotations

from playground.records import App, Json
from playground.web_api.calls import Call, Method, SlackError


def _client(call: Call) -> App:
    return call.backstage.oauth.client(call.text("client_id"), call.text("client_secret"))


def _access(call: Call) -> Json:
    app, oauth = _client(call), call.backstage.oauth
    grant = call.text("grant_type", "authorization_code")
    if grant == "refresh_token":
        return oauth.refresh(app, call.text("refresh_token"))
    if grant != "authorization_code":
        raise SlackError("invalid_grant_type")
    return oauth.redeem(app, call.text("code"), call.text("redirect_uri"))


def _exchange(call: Call) -> Json:
    app = _client(call)
    return call.backstage.oauth.exchange(app, call.text("token"))


def _revoke(call: Call) -> Json:
    if call.flag("test"):
        return {"revoked": False}
    call.backstage.installing.revoke(call.installation, call.token)
    return {"revoked": True}


def _uninstall(call: Call) -> Json:
    app = _client(call)
    if app.id != call.installation.app_id:
        raise SlackError("client_id_token_mismatch")
    call.backstage.installing.uninstall(call.installation)
    return {}


METHODS = (
    Method("oauth.v2.access", _access, tokenless=True),
    Method("oauth.v2.exchange", _exchange, tokenless=True),
    Method("auth.revoke", _revoke, for_org=True, for_people=True),
    Method("apps.uninstall", _uninstall, for_org=True, for_people=True),
)
