"""Is the key file safe, and does it open every stored secret?"""

from __future__ import annotations

from bot.app.doctor.findings import Found, ok, problem
from bot.app.doctor.visits import AWAY, Visit
from bot.app.keyrings import key_file, keys_of_environment
from bot.crypto import Cipher
from bot.errors import HunchError, SettingsError
from bot.use_cases import keys

_CHECK = "keys"


async def check(visit: Visit) -> list[Found]:
    if visit.is_new:
        return [ok(_CHECK, "none yet; the first start makes them")]
    try:
        cipher, where = _cipher(visit)
    except SettingsError as error:
        return [problem(_CHECK, str(error), "Without it stored secrets cannot be opened.")]
    return await _locked(visit, cipher, where)


def _cipher(visit: Visit) -> tuple[Cipher, str]:
    file = key_file(visit.settings)
    if file is not None:
        return file.cipher(), str(file.path)
    return Cipher(keys_of_environment(visit.settings)), "HUNCH_ENCRYPTION_KEYS"


async def _locked(visit: Visit, cipher: Cipher, where: str) -> list[Found]:
    if visit.database is None:
        return [ok(_CHECK, f"{where} can be read")]
    try:
        groups = await keys.list_groups(visit.database)
    except (*AWAY, HunchError):
        return [ok(_CHECK, f"{where} can be read; the database does not say what it opens")]
    locked = sum(group.secrets for group in groups if group.is_locked(cipher.key_ids))
    if locked:
        fix = "Put the lost key back, or connect again; `hunch keys status` says more."
        return [problem(_CHECK, f"{where} does not open {locked} of the stored secrets", fix)]
    stored = sum(group.secrets for group in groups)
    return [ok(_CHECK, f"{where} opens every stored secret ({stored})")]
