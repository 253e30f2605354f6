"""Does Slack take our tokens, and do they allow what the manifest asks for?"""

from __future__ import annotations

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.app.doctor.findings import Found, ok, problem, warning
from bot.app.doctor.visits import AWAY, Visit
from bot.domain.installs import InstallState
from bot.errors import HunchError, Permanent
from bot.integrations.slack import new_client, who_owns
from bot.manifests import bot_scopes
from bot.use_cases import installs

_CHECK = "slack"
_AGAIN = "Install the app again in its workspace, with manifest.yml as it is in this version."


async def check(visit: Visit) -> list[Found]:
    if visit.settings.playground_wanted and not visit.settings.slack_client_id:
        return [ok(_CHECK, "the playground stands in for it")]
    return [*await _bot_token(visit), *await _app_token(visit), *await _installs(visit)]


async def _bot_token(visit: Visit) -> list[Found]:
    token = visit.settings.slack_bot_token
    if token is None:
        return []
    api_url = visit.settings.slack_api_url
    client = new_client(token.get_secret_value(), api_url=api_url, session=visit.session)
    try:
        owner = await who_owns(client)
    except Permanent as error:
        fix = "Copy SLACK_BOT_TOKEN anew from the app's page, or install the app again."
        return [problem(_CHECK, f"SLACK_BOT_TOKEN: Slack says {error.reason}", fix)]
    except HunchError as error:
        fix = f"Let this machine reach {api_url}."
        return [problem(_CHECK, f"SLACK_API_URL: Slack cannot be reached ({error})", fix)]
    here = ok(_CHECK, f"the bot token belongs to {owner.workspace_name} ({owner.workspace_id})")
    return [here, *compare_scopes("SLACK_BOT_TOKEN", owner.scopes)]


def compare_scopes(whose: str, granted: frozenset[str]) -> list[Found]:
    """What was granted beside what manifest.yml asks for; nothing granted means: not told."""
    wanted = frozenset(bot_scopes())
    missing, more = sorted(wanted - granted), sorted(granted - wanted)
    found = []
    if granted and missing:
        found.append(problem(_CHECK, f"{whose}: lacks {', '.join(missing)}", _AGAIN))
    if more:
        fix = "Harmless, but more than Hunch needs: remove them from the app and install again."
        found.append(warning(_CHECK, f"{whose}: may also {', '.join(more)}", fix))
    return found


async def _app_token(visit: Visit) -> list[Found]:
    """Asks for a socket's address and leaves it at that: an open one would take clicks away."""
    settings = visit.settings
    if settings.slack_app_token is None:
        if settings.slack_signing_secret is None:
            return []
        return [ok(_CHECK, "requests come in over HTTP, signed")]
    client = new_client(None, api_url=settings.slack_api_url, session=visit.session)
    try:
        await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except SlackApiError as error:
        said = str(error.response.get("error", "no"))
        fix = "Make an app-level token with connections:write and put it into SLACK_APP_TOKEN."
        return [problem(_CHECK, f"SLACK_APP_TOKEN: Slack says {said}", fix)]
    except (OSError, TimeoutError, aiohttp.ClientError) as error:
        fix = f"Let this machine reach {settings.slack_api_url}."
        return [problem(_CHECK, f"Slack cannot be reached ({type(error).__name__})", fix)]
    return [ok(_CHECK, "Slack would open a socket")]


async def _installs(visit: Visit) -> list[Found]:
    """Workspaces that installed Hunch by OAuth, and how it stands with them."""
    if visit.database is None:
        return []
    try:
        known = await installs.list_installs(visit.database)
    except (*AWAY, HunchError):
        return []
    found = []
    for one in known:
        where = f"{one.name} ({one.workspace_id})"
        if one.state is InstallState.RECONNECT:
            fix = "An admin of that workspace opens /slack/install on Hunch's address."
            found.append(problem(_CHECK, f"{where}: Slack says {one.trouble}", fix))
        elif one.state is InstallState.INSTALLED and one.installer:
            found += compare_scopes(where, one.scopes)
    return found
