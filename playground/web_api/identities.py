"""Whose token a call brings, and which of an organisation's workspaces it means."""

from __future__ import annotations

from playground.records import Installation, Json
from playground.state import State
from playground.tokens import Token, TokenKind
from playground.web_api.calls import Method, SlackError, Triggers

_PLACES = ("channel", "channel_id", "channels", "user", "user_id", "users")


def identify(
    state: State, triggers: Triggers, method: Method, token: str, args: Json
) -> Installation:
    """Return the installation that acts; answers `invalid_auth`, `token_expired` and their like."""
    app = state.by_app_token(token)
    if app is not None and method.app_level:
        return Installation("", app.id, "", "", token, "connections:write")
    bot, given = state.by_bot_token(token), state.tokens.get(token)
    if app is None and (bot is None or (given and given.kind == TokenKind.REFRESH)):
        raise SlackError("invalid_auth")
    if bot is None or method.app_level:
        raise SlackError("not_allowed_token_type")
    _check(state, method, bot, given)
    return _narrow(state, triggers, method, bot, args) if bot.is_org else bot


def _check(state: State, method: Method, bot: Installation, given: Token | None) -> None:
    if given is None or given.kind == TokenKind.BOT:
        if not bot.active:
            raise SlackError("account_inactive")
    elif not method.for_people:
        raise SlackError("not_allowed_token_type")
    if given is not None and given.revoked:
        raise SlackError("token_revoked")
    if given is not None and given.expires_at and state.clock.now() >= given.expires_at:
        raise SlackError("token_expired")


def _narrow(
    state: State, triggers: Triggers, method: Method, org: Installation, args: Json
) -> Installation:
    """Return the organisation's installation in the workspace that the call is about."""
    if method.for_org:
        return org
    team_id = str(args.get("team_id") or "")
    if method.needs_team and not team_id:
        raise SlackError("missing_argument")
    team_id = team_id or triggers.team_of(str(args.get("trigger_id", "")))
    parts = [
        one
        for one in state.installations.values()
        if one.org_wide and (one.app_id, one.owner) == (org.app_id, org.owner)
    ]
    if team_id:
        parts = [one for one in parts if one.team_id == team_id]
    if not parts:
        raise SlackError("team_access_not_granted")
    return next((one for one in parts if _is_about(state, one, args)), parts[0])


def _is_about(state: State, part: Installation, args: Json) -> bool:
    """Whether the call names a channel, a person or an open view of this workspace."""
    team = part.team_id
    named = [str(args[name]) for name in _PLACES if args.get(name)]
    views = {
        view.id for (owner, _), stack in state.modals.items() if owner == team for view in stack
    }
    return str(args.get("view_id", "")) in views or any(
        (team, one) in state.channels or (team, one) in state.users for one in named
    )
