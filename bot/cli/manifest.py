"""`hunch manifest`: what to paste where Slack asks for an app manifest, and GitHub's page, filled in."""

from __future__ import annotations

import argparse
from urllib.parse import urlsplit

import yaml

from bot.cli.terminal import Commands, say
from bot.errors import UserError
from bot.integrations.github.addresses import addresses_of
from bot.manifests import distributed_manifest, github_app_url, manifest_text
from bot.settings import Settings
from bot.use_cases.members import normalized_login


def add(commands: Commands) -> None:
    parser = commands.add_parser("manifest", help="print the Slack app's manifest")
    parser.add_argument(
        "--http", action="store_true", help="for many workspaces, by OAuth and over HTTP"
    )
    parser.add_argument(
        "--github",
        action="store_true",
        help="the page on which GitHub makes Hunch's App, filled in",
    )
    parser.add_argument(
        "--account", metavar="ORG", help="with --github: the organisation the App is to belong to"
    )
    parser.add_argument(
        "--base-url", metavar="https://…", help="where Hunch is reached; default HUNCH_BASE_URL"
    )
    parser.set_defaults(command=_manifest)


async def _manifest(settings: Settings, words: argparse.Namespace) -> int:
    if words.github:
        say(_github(settings, words))
        return 0
    if not words.http:
        say(manifest_text().rstrip())
        return 0
    base_url = _https(words.base_url or settings.base_url or "")
    printed = yaml.safe_dump(distributed_manifest(base_url), sort_keys=False, allow_unicode=True)
    say(printed.rstrip())
    return 0


def _github(settings: Settings, words: argparse.Namespace) -> str:
    base_url = (words.base_url or settings.base_url or "").rstrip("/")
    if not base_url:
        raise UserError(
            "--base-url: say where GitHub reaches Hunch, for example --base-url "
            "https://hunch.example.com"
        )
    organisation = None if words.account is None else normalized_login(words.account)
    web = addresses_of(settings.github_api_url).web
    return (
        f"Open this page, and choose a webhook secret there:\n\n"
        f"  {github_app_url(base_url, web=web, organisation=organisation)}\n\n"
        "Then set GITHUB_APP_ID, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GITHUB_WEBHOOK_SECRET and "
        "GITHUB_PRIVATE_KEY\nto what the App's page shows, and start Hunch again."
    )


def _https(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise UserError(
            "--base-url: Slack sends to https addresses only. Say where it reaches Hunch, for "
            "example --base-url https://hunch.example.com"
        )
    return base_url.rstrip("/")
