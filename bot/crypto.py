"""Encryption of secrets: Fernet with several keys, each ciphertext bound to where it belongs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import SettingsError, UserError

_KEY_HELP = "Make one with: python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())'"
_ID_LENGTH = 12


class Cipher:
    """Encrypts with the newest key and decrypts with any of them.

    A context (workspace, purpose, name) is sealed in with the secret, because Fernet has no
    associated data: a ciphertext moved to another row does not open there. Without any key
    nothing opens and nothing can be sealed.
    """

    def __init__(self, keys: Sequence[str], *, source: str = "HUNCH_ENCRYPTION_KEYS") -> None:
        fernets: dict[str, Fernet] = {}
        for number, key in enumerate(keys, 1):
            try:
                fernets[key_id(key)] = Fernet(key)
            except ValueError as error:
                raise SettingsError(
                    f"{source}: key {number} is not a Fernet key. {_KEY_HELP}"
                ) from error
        self.key_ids = tuple(fernets)
        self._fernets = fernets
        self._led_by = {first: MultiFernet(_led_by(first, fernets)) for first in fernets}

    @property
    def newest(self) -> str:
        """The id of the key that seals; "" where there is no key."""
        return self.key_ids[0] if self.key_ids else ""

    def seal(self, secret: str, *, context: Sequence[str]) -> bytes:
        """The ciphertext, by the newest key. Raises UserError where there is no key."""
        if not self._fernets:
            raise UserError(
                "Hunch has no key to keep secrets with. Put the key file back from your backup, "
                "or begin anew with: hunch keys add"
            )
        return self._led_by[self.newest].encrypt(_bound(context) + secret.encode())

    def open(self, ciphertext: bytes, *, context: Sequence[str], hint: str = "") -> str | None:
        """The secret, or None when no key fits or it was sealed for another context.

        `hint` names the key to try first; the others are tried all the same.
        """
        if not self._fernets:
            return None
        try:
            plain = self._led_by.get(hint, self._led_by[self.newest]).decrypt(ciphertext)
        except InvalidToken:
            return None
        bound = _bound(context)
        return plain[len(bound) :].decode() if plain.startswith(bound) else None

    def key_of(self, ciphertext: bytes, *, hint: str = "") -> str:
        """The id of the key that sealed this, whatever it was sealed for; "" if it is none of ours."""
        for found in sorted(self.key_ids, key=lambda name: name != hint):
            try:
                self._fernets[found].decrypt(ciphertext)
            except InvalidToken:
                continue
            return found
        return ""


def key_id(key: str) -> str:
    """A name for a key that tells nothing about it: 12 hex digits. Raises ValueError if it is none."""
    secret = base64.urlsafe_b64decode(key)
    return hashlib.sha256(b"hunch encryption key\0" + secret).hexdigest()[:_ID_LENGTH]


def _led_by(first: str, fernets: Mapping[str, Fernet]) -> list[Fernet]:
    """All keys, newest first, but this one before them."""
    return [fernets[first], *(fernet for name, fernet in fernets.items() if name != first)]


def new_key() -> str:
    return Fernet.generate_key().decode()


def _bound(context: Sequence[str]) -> bytes:
    """Length-prefixed, so that no two contexts share a prefix."""
    parts = [part.encode() for part in context]
    return b"".join(b"%d:%b" % (len(part), part) for part in parts) + b"|"
