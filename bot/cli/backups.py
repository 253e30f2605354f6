"""`hunch backup` and `hunch restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.app import backups
from bot.app.keyrings import key_file
from bot.cli.terminal import Commands, say, tell_progress
from bot.settings import Settings
from storage.backups import Manifest

_KEYS_APART = "The encryption keys are not in it"


def add(commands: Commands) -> None:
    backup = commands.add_parser("backup", help="write everything into one file, while Hunch runs")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(command=_back_up)
    restore = commands.add_parser("restore", help="bring a backup back into an empty database")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.set_defaults(command=_restore)


async def _back_up(settings: Settings, words: argparse.Namespace) -> int:
    made = await backups.back_up(settings, words.file, tell=tell_progress)
    size = words.file.stat().st_size / 1e6
    say(
        f"{words.file}: {_rows(made)} rows, {size:,.1f} MB, as of {made.made_at:%Y-%m-%d %H:%M} UTC."
    )
    file = key_file(settings)
    where = "HUNCH_ENCRYPTION_KEYS" if file is None else str(file.path)
    say(f"{_KEYS_APART}: keep a copy of {where} somewhere else, or stored secrets stay locked.")
    return 0


async def _restore(settings: Settings, words: argparse.Namespace) -> int:
    done = await backups.restore(settings, words.file, tell=tell_progress)
    since = f"{done.manifest.made_at:%Y-%m-%d %H:%M} UTC"
    say(f"Restored {_rows(done.manifest)} rows as of {since}, checked against the backup.")
    if done.upgraded:
        say(f"Brought up to date: {', '.join(done.upgraded)}.")
    say(
        f"What happened since {since} is not known here: no merge since then is asked about, and "
        "nothing that was sent since then is sent again."
    )
    if done.unread:
        say(f"{done.unread} webhooks had come but were not read yet; GitHub can redeliver them.")
    _tell_about_keys(settings, done.manifest)
    return 0


def _tell_about_keys(settings: Settings, manifest: Manifest) -> None:
    ours = backups.key_ids(settings)
    missing = [key for key in manifest.keys if key not in ours]
    if missing:
        say(
            f"{_KEYS_APART}, and a key that its secrets need is missing here ({missing[0]}). Put "
            "your key file back; `hunch keys status` says more. Until then Hunch "
            "may not be able to speak in Slack."
        )


def _rows(manifest: Manifest) -> str:
    return f"{sum(manifest.rows.values()):,}"
