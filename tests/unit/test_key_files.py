"""The key file: for its owner only, replaced as a whole, read again when it has changed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.crypto import Cipher, key_id, new_key
from bot.errors import SettingsError, UserError
from bot.key_files import KeyFile, Keyring
from tests.databases import REPOSITORY

OLD, NEW = new_key(), new_key()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a key file would lie, in a folder of its own."""
    return tmp_path / "data" / "encryption.key"


def written(path: Path, *keys: str, mode: int = 0o600) -> KeyFile:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(keys))
    path.chmod(mode)
    return KeyFile(path)


def test_the_first_start_makes_a_key_file_for_its_owner_only(path: Path) -> None:
    file = KeyFile(path)
    assert not file.exists()
    assert file.make()
    keys = file.read()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not file.make()
    assert file.read() == keys
    assert [p.name for p in path.parent.iterdir()] == ["encryption.key"]


def test_a_key_file_may_hold_several_keys_newest_first(path: Path) -> None:
    assert written(path, NEW, OLD).read() == (NEW, OLD)


def test_a_key_file_that_others_can_read_is_refused_with_the_fix(path: Path) -> None:
    with pytest.raises(SettingsError, match=r"others can read this key file. Run: chmod 600"):
        written(path, NEW, mode=0o640).read()


def test_an_empty_key_file_is_refused_rather_than_replaced(path: Path) -> None:
    with pytest.raises(SettingsError, match=r"is empty. Restore it from your backup"):
        written(path, "").read()


def test_a_key_file_that_is_no_text_is_refused(path: Path) -> None:
    file = written(path, "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"cannot be read \(it is no text\)"):
        file.read()


def test_a_key_file_that_is_a_directory_is_refused(path: Path) -> None:
    path.mkdir(parents=True, mode=0o700)
    with pytest.raises(SettingsError, match=r"cannot be read \(Is a directory\)"):
        KeyFile(path).read()


def test_rubbish_in_the_key_file_is_named_with_its_path_and_not_shown(path: Path) -> None:
    with pytest.raises(SettingsError, match=r"encryption.key: key 1 is not a Fernet key") as caught:
        written(path, "distinctive-rubbish").cipher()
    assert "distinctive" not in str(caught.value)


def test_a_change_keeps_the_file_its_owners_and_leaves_nothing_else(path: Path) -> None:
    file = written(path, OLD)
    assert file.change(lambda keys: (NEW, *keys)) == (NEW, OLD)
    assert file.read() == (NEW, OLD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["encryption.key"]


def test_a_change_follows_a_link_and_keeps_it(path: Path, tmp_path: Path) -> None:
    written(path, OLD)
    link = tmp_path / "link"
    link.symlink_to(path)
    KeyFile(link).change(lambda keys: (NEW, *keys))
    assert link.is_symlink()
    assert KeyFile(path).read() == (NEW, OLD)


def test_root_changes_the_file_and_leaves_it_to_whom_it_belongs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(path, OLD)
    given: list[tuple[int, int]] = []
    owner = path.stat()
    monkeypatch.setattr(os, "geteuid", lambda: owner.st_uid + 1)
    monkeypatch.setattr(os, "fchown", lambda handle, uid, gid: given.append((uid, gid)))
    file.change(lambda keys: (NEW, *keys))
    assert given == [(owner.st_uid, owner.st_gid)]


def test_a_disk_that_takes_no_writing_is_said_and_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(path, OLD)

    def full(handle: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"cannot be changed \(No space left on device\)"):
        file.change(lambda keys: (NEW, *keys))
    assert file.read() == (OLD,)
    assert [p.name for p in path.parent.iterdir()] == ["encryption.key"]


_ADD = """
import sys
from pathlib import Path
from bot.crypto import new_key
from bot.key_files import KeyFile
for _ in range(20):
    KeyFile(Path(sys.argv[1])).change(lambda keys: (new_key(), *keys))
"""


def test_processes_that_add_keys_at_once_lose_none(path: Path) -> None:
    file = written(path, OLD)
    words = [sys.executable, "-c", _ADD, str(path)]
    adding = [subprocess.Popen(words, cwd=REPOSITORY) for _ in range(3)]
    assert [process.wait(timeout=60) for process in adding] == [0, 0, 0]
    keys = file.read()
    assert (len(set(keys)), keys[-1]) == (61, OLD)


def test_a_ring_of_the_environment_never_changes() -> None:
    ring = Keyring(Cipher([NEW]))
    assert not ring.refresh()
    assert ring.cipher.key_ids == (key_id(NEW),)


def test_a_ring_sees_a_changed_file_once(path: Path) -> None:
    file = written(path, OLD)
    ring = Keyring(file.cipher(), file=file)
    assert not ring.refresh()
    file.change(lambda keys: (NEW, *keys))
    assert ring.refresh()
    assert ring.cipher.key_ids == (key_id(NEW), key_id(OLD))
    assert not ring.refresh()


def test_a_ring_goes_on_with_its_keys_while_the_file_is_gone_or_spoilt(path: Path) -> None:
    file = written(path, OLD)
    ring = Keyring(file.cipher(), file=file)
    path.unlink()
    assert not ring.refresh()
    written(path, "rubbish")
    assert not ring.refresh()
    assert ring.cipher.key_ids == (key_id(OLD),)
    assert "key 1 is not a Fernet key" in ring.trouble
    written(path, NEW, OLD)
    assert ring.refresh()
    assert (ring.cipher.newest, ring.trouble) == (key_id(NEW), "")


def test_a_ring_without_keys_takes_up_the_file_when_it_comes_back(path: Path) -> None:
    ring = Keyring(Cipher([]), file=KeyFile(path), trouble="gone")
    assert not ring.refresh()
    written(path, OLD)
    assert ring.refresh()
    assert (ring.cipher.newest, ring.trouble) == (key_id(OLD), "")
