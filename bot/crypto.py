"""Encryption of secrets: Fernet with several keys, each ciphertext bound to where it belongs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import SettingsError

_KEY_HELP = "Make one with: python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())'"


class Cipher:
    """Encrypts with the newest key and decrypts with any of them.

    A context (workspace, purpose, name) is sealed in with the secret, because Fernet has no
    associated data: a ciphertext moved to another row does not open there.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SettingsError(
                f"HUNCH_ENCRYPTION_KEYS: not a list of Fernet keys ({error}). {_KEY_HELP}"
            ) from error

    def seal(self, secret: str, *, context: Sequence[str]) -> bytes:
        return self._fernet.encrypt(_bound(context) + secret.encode())

    def open(self, ciphertext: bytes, *, context: Sequence[str]) -> str | None:
        """The secret, or None when no key fits or it was sealed for another context."""
        try:
            plain = self._fernet.decrypt(ciphertext)
        except InvalidToken:
            return None
        bound = _bound(context)
        return plain[len(bound) :].decode() if plain.startswith(bound) else None


def _bound(context: Sequence[str]) -> bytes:
    """Length-prefixed, so that no two contexts share a prefix."""
    parts = [part.encode() for part in context]
    return b"".join(b"%d:%b" % (len(part), part) for part in parts) + b"|"


def keys_from_file(path: Path) -> tuple[tuple[str, ...], bool]:
    """The keys of the key file, newest first, and whether the file was made just now.

    The file is readable by its owner only. Raises SettingsError when others can read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _make_key_file(path)
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path}: others can read this key file. Run: chmod 600 {path}")
    keys = tuple(path.read_text(encoding="ascii").split())
    if not keys:
        raise SettingsError(f"{path}: the key file is empty. Restore it from your backup.")
    return keys, made


def _make_key_file(path: Path) -> bool:
    """Write under another name and link: a crash leaves no half file, two starts agree on one."""
    if path.exists():
        return False
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
