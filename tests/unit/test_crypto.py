"""Secrets: several keys, bound to where they belong, and a key file only its owner reads."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.crypto import Cipher, keys_from_file
from bot.errors import SettingsError

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
HERE = ("T1", "slack.bot_token", "main")


def test_what_was_sealed_opens() -> None:
    assert (
        Cipher([NEW]).open(Cipher([NEW]).seal("s3cret ✓", context=HERE), context=HERE) == "s3cret ✓"
    )


def test_an_older_key_still_opens_and_the_newest_seals() -> None:
    sealed = Cipher([OLD]).seal("secret", context=HERE)
    both = Cipher([NEW, OLD])
    assert both.open(sealed, context=HERE) == "secret"
    assert Cipher([OLD]).open(both.seal("secret", context=HERE), context=HERE) is None


def test_without_the_key_there_is_no_secret_and_no_crash() -> None:
    sealed = Cipher([OLD]).seal("secret", context=HERE)
    assert Cipher([NEW]).open(sealed, context=HERE) is None
    assert Cipher([NEW]).open(b"rubbish", context=HERE) is None


words = st.text(max_size=8)


@settings(max_examples=50, deadline=None)
@given(st.tuples(words, words, words), st.tuples(words, words, words), words)
def test_a_ciphertext_moved_elsewhere_does_not_open(
    here: tuple[str, str, str], there: tuple[str, str, str], secret: str
) -> None:
    cipher = Cipher([NEW])
    opened = cipher.open(cipher.seal(secret, context=here), context=there)
    assert opened == (secret if here == there else None)


@pytest.mark.parametrize("keys", [["not a key"], [NEW, "short"], [""]])
def test_a_wrong_key_is_named_with_how_to_make_one(keys: list[str]) -> None:
    with pytest.raises(SettingsError, match=r"HUNCH_ENCRYPTION_KEYS: not a list.*Make one with"):
        Cipher(keys)


def test_the_first_start_makes_a_key_file_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "encryption.key"
    keys, made = keys_from_file(path)
    assert made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys_from_file(path) == (keys, False)
    assert [p.name for p in path.parent.iterdir()] == ["encryption.key"]


def test_a_key_file_may_hold_several_keys_newest_first(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"{NEW}\n{OLD}\n")
    path.chmod(0o600)
    assert keys_from_file(path) == ((NEW, OLD), False)


def test_a_key_file_that_others_can_read_is_refused_with_the_fix(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(NEW)
    path.chmod(0o640)
    with pytest.raises(SettingsError, match=r"others can read this key file. Run: chmod 600"):
        keys_from_file(path)


def test_an_empty_key_file_is_refused_rather_than_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("\n")
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=r"is empty. Restore it from your backup"):
        keys_from_file(path)


def test_two_starts_at_once_agree_on_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys"
    link = os.link

    def overtaken(source: Path, target: Path) -> None:
        target.write_text(OLD)
        target.chmod(0o600)
        link(source, target)

    monkeypatch.setattr(os, "link", overtaken)
    assert keys_from_file(path) == ((OLD,), False)
    assert [p.name for p in tmp_path.iterdir()] == ["keys"]
