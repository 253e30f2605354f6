"""The Slack app's manifest, as it ships for one workspace and as a distributed app needs it; and
the same for the GitHub App, as an address of GitHub's with everything filled in."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from yarl import URL

from bot.domain.connections import NEEDED

Manifest = dict[str, Any]

_NAME = "manifest.yml"
# What an App hears besides of its own installations, which it always does.
GITHUB_EVENTS = (
    "member",
    "membership",
    "organization",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "repository",
    "team",
)


def manifest_text() -> str:
    """`manifest.yml` as it ships: inside the installed package, or beside it in a checkout."""
    packaged = files("bot") / _NAME
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[1] / _NAME).read_text(encoding="utf-8")


def read_manifest() -> Manifest:
    """The manifest of one workspace's app: Socket Mode, a token that does not end."""
    found: Manifest = yaml.safe_load(manifest_text())
    return found


def bot_scopes() -> tuple[str, ...]:
    """What Hunch asks a workspace for."""
    return tuple(read_manifest()["oauth_config"]["scopes"]["bot"])


def distributed_manifest(base_url: str) -> Manifest:
    """The manifest of an app for many workspaces: OAuth, HTTP, rotating tokens, organisations.

    `base_url` is where Slack reaches Hunch, without a slash at the end.
    """
    manifest = read_manifest()
    settings, events = manifest["settings"], f"{base_url}/slack/events"
    manifest["oauth_config"]["redirect_urls"] = [f"{base_url}/slack/oauth_redirect"]
    settings |= {
        "org_deploy_enabled": True,
        "socket_mode_enabled": False,
        "token_rotation_enabled": True,  # nosec B105  (a switch, not a token)
    }
    settings["event_subscriptions"]["request_url"] = events
    settings["interactivity"]["request_url"] = events
    for command in manifest["features"]["slash_commands"]:
        command["url"] = events
    return manifest


def github_app_url(base_url: str, *, web: str, organisation: str | None) -> str:
    """The page on which GitHub makes our App, filled in; nobody has to find the right boxes.

    `web` is where that GitHub's pages are. Without an organisation the App belongs to the person.
    https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-using-url-parameters
    """
    owner = f"organizations/{organisation}/" if organisation else ""
    query = [
        ("name", "Hunch"),
        ("description", "Asks in Slack whether AI helped, when a pull request merges."),
        ("url", base_url),
        ("callback_urls[]", f"{base_url}/github/installed"),
        ("callback_urls[]", f"{base_url}/github/linked"),
        ("request_oauth_on_install", "true"),
        ("public", "false"),
        ("webhook_active", "true"),
        ("webhook_url", f"{base_url}/webhooks/github"),
        *NEEDED.items(),
        *(("events[]", event) for event in GITHUB_EVENTS),
    ]
    return str(URL(f"{web}/{owner}settings/apps/new").with_query(query))
