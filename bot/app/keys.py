"""What an operator does with the encryption keys while Hunch runs or rests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.app.keyrings import key_file, keys_of_environment
from bot.app.services import Services
from bot.crypto import key_id, new_key
from bot.errors import UserError
from bot.use_cases import keys
from bot.use_cases.keys import Outcome, Tell
from storage.keys import Group, KeyKeeper


@dataclass(frozen=True, slots=True)
class KeysStatus:
    """The ids of our keys, newest first, where they lie (None: in the environment), what is
    wrong with them (""), and what they seal."""

    key_ids: Sequence[str]
    path: Path | None
    trouble: str
    groups: Sequence[Group]

    @property
    def secrets(self) -> int:
        """How many there are in all."""
        return sum(group.secrets for group in self.groups)

    @property
    def locked(self) -> Sequence[Group]:
        return [group for group in self.groups if group.is_locked(self.key_ids)]

    @property
    def unlooked(self) -> int:
        """Secrets of which nobody has looked yet which key seals them."""
        return sum(group.secrets for group in self.groups if not group.key_id)

    @property
    def older(self) -> int:
        """Secrets that we can open and that do not lie under the newest key."""
        return sum(group.secrets for group in self.groups if group.key_id in self.key_ids[1:])

    @property
    def idle(self) -> Sequence[str]:
        """Older keys under which nothing lies any more."""
        used = {group.key_id for group in self.groups}
        return [name for name in self.key_ids[1:] if name not in used]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What HUNCH_ENCRYPTION_KEYS should be, step by step: keys, for the operator's eyes only."""

    steps: tuple[str, ...] = field(repr=False)


async def status(services: Services) -> KeysStatus:
    """How the keys and secrets are; opens nothing."""
    ring = services.keys
    path = ring.file.path if ring.file is not None else None
    groups = await keys.list_groups(services.store.database)
    return KeysStatus(ring.cipher.key_ids, path, ring.trouble, groups)


def add(services: Services) -> Wanted | str:
    """Put a new key before the others; its id, or what to set where the environment has the keys."""
    key = new_key()
    file = key_file(services.settings)
    if file is None:
        known = keys_of_environment(services.settings)
        # Known everywhere before anybody seals with it.
        return Wanted((",".join([*known, key]), ",".join([key, *known])))
    file.change(lambda known: (key, *known))
    return key_id(key)


async def rotate(services: Services, *, tell: Tell) -> Outcome:
    """Seal everything under the newest key. Raises UserError where there is none."""
    if not services.keys.cipher.newest:
        raise UserError(f"{services.keys.trouble} Without a key there is nothing to rotate to.")
    return await keys.rotate(services.store.database, _keeper(services), tell=tell)


async def verify(services: Services, *, tell: Tell) -> Outcome:
    """Open every secret."""
    return await keys.verify(services.store.database, _keeper(services), tell=tell)


async def drop(services: Services, wanted: str, *, tell: Tell) -> Wanted | None:
    """Take an older key away, once it is proved that it seals nothing; what to set where the
    environment has the keys. Raises UserError, and changes nothing, when it is still needed.
    """
    ring = services.keys
    if wanted not in ring.cipher.key_ids:
        raise UserError(f"There is no key {wanted}. `hunch keys status` lists them.")
    if wanted == ring.cipher.newest:
        raise UserError(
            f"{wanted} is the newest key, so it is in use. Make another first: hunch keys add"
        )
    await verify(services, tell=tell)
    needed = [one.secrets for one in (await status(services)).groups if one.key_id == wanted]
    if needed:
        raise UserError(
            f"{wanted} still seals {sum(needed)} of the secrets, so it stays. "
            "Run: hunch keys rotate"
        )
    if ring.file is not None:
        ring.file.change(lambda known: [key for key in known if key_id(key) != wanted])
        return None
    known = keys_of_environment(services.settings)
    return Wanted((",".join(key for key in known if key_id(key) != wanted),))


def _keeper(services: Services) -> KeyKeeper:
    return KeyKeeper(services.keys, now=services.now)
