"""The Slack app's manifest: as it ships for one workspace, and as a distributed app needs it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]

_NAME = "manifest.yml"


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
