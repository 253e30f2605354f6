"""`auth.test`, `auth.teams.list`, `apps.connections.open`, `team.info`: who am I, and where."""

from __future__ import annotations

from playground.records import Json
from playground.tokens import TokenKind
from playground.web_api.calls import Call, Method, SlackError
from playground.web_api.pages import page


def _test(call: Call) -> Json:
    bot = call.installation
    answer = _place(call) | {"is_enterprise_install": bot.org_wide}
    if bot.enterprise_id:
        answer["enterprise_id"] = bot.enterprise_id
    if call.token is not None and call.token.expires_at:
        answer["expires_in"] = int(call.token.expires_at - call.state.clock.now())
    if call.token is not None and call.token.kind == TokenKind.USER:
        return answer | {"user": _name(call, call.token.user), "user_id": call.token.user}
    return answer | {
        "user": _name(call, bot.bot_user),
        "user_id": bot.bot_user,
        "bot_id": bot.bot_id,
    }


def _name(call: Call, user_id: str) -> str:
    here = call.state.users.get((call.team_id, user_id))
    return here.name if here else call.app.name.lower()


def _place(call: Call) -> Json:
    org = call.state.enterprises.get(call.team_id)
    if org is not None:
        url = f"https://{org.domain}.enterprise.slack.com/"
        return {"url": url, "team": org.name, "team_id": org.id}
    workspace = call.workspace
    url = f"https://{workspace.domain}.slack.com/"
    return {"url": url, "team": workspace.name, "team_id": workspace.id}


def _teams(call: Call) -> Json:
    """List the workspaces that the token opens: one, or those of an organisation."""
    bot = call.installation
    found = [
        call.state.workspaces[one.team_id]
        for one in call.state.installations.values()
        if (one.app_id, one.owner) == (bot.app_id, bot.owner)
    ]
    shown, after = page(call, "team", found, id_of=lambda team: team.id, default=100)
    teams = [{"id": team.id, "name": team.name} for team in shown]
    return {"teams": teams, "response_metadata": after}


def _connect(call: Call) -> Json:
    return {"url": call.backstage.socket_url(call.app)}


def _team(call: Call) -> Json:
    wanted = call.text("team", call.team_id)
    if wanted != call.team_id and not _opens(call, wanted):
        raise SlackError("team_not_found")
    found = call.state.workspaces.get(wanted) or call.state.enterprises[wanted]
    team: Json = {
        "id": found.id,
        "name": found.name,
        "domain": found.domain,
        "email_domain": "",
        "icon": {"image_default": True},
    }
    above = call.installation.enterprise_id
    org = call.state.enterprises.get(above)
    if org is not None:
        team |= {"enterprise_id": org.id, "enterprise_name": org.name}
    return {"team": team}


def _opens(call: Call, team_id: str) -> bool:
    found = call.state.installations.get((team_id, call.installation.app_id))
    return found is not None and found.owner == call.installation.owner


METHODS = (
    Method("auth.test", _test, for_org=True, for_people=True),
    Method("auth.teams.list", _teams, for_org=True),
    Method("apps.connections.open", _connect, app_level=True),
    Method("team.info", _team, scope="team:read", for_org=True),
)
