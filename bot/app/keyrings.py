"""Finds the encryption keys, and lets Hunch run without them where secrets wait for their key."""

from __future__ import annotations

from collections.abc import Mapping

from bot import log
from bot.app.databases import Store
from bot.crypto import Cipher
from bot.errors import SettingsError
from bot.key_files import KeyFile, Keyring, TooOpen
from bot.settings import Settings
from bot.use_cases import keys

_log = log.get("app.keyrings")
_ADVICE = "put the lost key back, or connect again; `hunch keys status` says more"


def key_file(settings: Settings) -> KeyFile | None:
    """Where the keys lie; None when the environment names them."""
    if settings.encryption_keys:
        return None
    return KeyFile(settings.data_dir / "encryption.key")


def keys_of_environment(settings: Settings) -> list[str]:
    """The keys in HUNCH_ENCRYPTION_KEYS, newest first."""
    return [key.get_secret_value() for key in settings.encryption_keys]


async def open_keyring(settings: Settings, store: Store, *, makes_key: bool) -> Keyring:
    """The keys of the environment, or of the key file, which the very first start makes.

    `makes_key` says whether this is a start, which may do so.

    Where the database holds secrets, a key file that is gone or cannot be read stops nothing and
    is not made anew: that would only hide the loss. Raises SettingsError for anything else wrong.
    """
    file = key_file(settings)
    if file is not None and not makes_key and await _is_unmade(file, store):
        return Keyring(Cipher(()), file=file, trouble=f"{file.path}: there is no key file yet.")
    if file is None:
        ring = Keyring(Cipher(keys_of_environment(settings)))
    else:
        ring = await _from_file(file, store)
    await _tell_what_is_locked(ring, store)
    return ring


async def _is_unmade(file: KeyFile, store: Store) -> bool:
    return not file.exists() and not await keys.any_secret(store.database)


async def _from_file(file: KeyFile, store: Store) -> Keyring:
    if await _is_unmade(file, store):
        file.make()
        advice = "back this file up; it opens all secrets"
        _log.warning("keys.made", path=str(file.path), advice=advice)
    if not file.exists():
        return Keyring(Cipher(()), file=file, trouble=f"{file.path}: the key file is gone.")
    try:
        return Keyring(file.cipher(), file=file)
    except TooOpen:
        raise
    except SettingsError as error:
        if not await keys.any_secret(store.database):
            raise
        return Keyring(Cipher(()), file=file, trouble=str(error))


async def _tell_what_is_locked(ring: Keyring, store: Store) -> None:
    """One line at the start, where anything is locked."""
    locked = await count_locked(ring, store)
    if ring.trouble or locked:
        _log.error("keys.secrets_locked", trouble=ring.trouble, advice=_ADVICE, **locked)


async def count_locked(ring: Keyring, store: Store) -> Mapping[str, int]:
    """How many secrets lie under keys we do not have, and in how many workspaces; empty: none."""
    groups = await keys.list_groups(store.database)
    locked = [group for group in groups if group.is_locked(ring.cipher.key_ids)]
    if not locked:
        return {}
    workspaces = {group.workspace_id for group in locked}
    return {"secrets": sum(group.secrets for group in locked), "workspaces": len(workspaces)}
