"""`hunch manifest`: what to paste where Slack asks for an app manifest."""

from __future__ import annotations

import argparse
from urllib.parse import urlsplit

import yaml

from bot.cli.terminal import Commands, say
from bot.errors import UserError
from bot.manifests import distributed_manifest, manifest_text
from bot.settings import Settings


def add(commands: Commands) -> None:
    parser = commands.add_parser("manifest", help="print the Slack app's manifest")
    parser.add_argument(
        "--http", action="store_true", help="for many workspaces, by OAuth and over HTTP"
    )
    parser.add_argument(
        "--base-url", metavar="https://…", help="where Slack reaches Hunch; default HUNCH_BASE_URL"
    )
    parser.set_defaults(command=_manifest)


async def _manifest(settings: Settings, words: argparse.Namespace) -> int:
    if not words.http:
        say(manifest_text().rstrip())
        return 0
    base_url = _https(words.base_url or settings.base_url or "")
    printed = yaml.safe_dump(distributed_manifest(base_url), sort_keys=False, allow_unicode=True)
    say(printed.rstrip())
    return 0


def _https(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise UserError(
            "--base-url: Slack sends to https addresses only. Say where it reaches Hunch, for "
            "example --base-url https://hunch.example.com"
        )
    return base_url.rstrip("/")
