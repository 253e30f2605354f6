"""Secrets: several keys, and each ciphertext bound to where it belongs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.crypto import Cipher, key_id, new_key
from bot.errors import SettingsError, UserError

OLD, NEW = new_key(), new_key()
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


@pytest.mark.parametrize(
    ("keys", "number"), [(["not a key"], 1), ([NEW, "short"], 2), ([""], 1), ([OLD, NEW, "ü"], 3)]
)
def test_a_wrong_key_is_named_with_how_to_make_one(keys: list[str], number: int) -> None:
    line = f"HUNCH_ENCRYPTION_KEYS: key {number} is not a Fernet key. Make one with"
    with pytest.raises(SettingsError, match=line):
        Cipher(keys)


def test_a_key_has_a_short_name_that_is_always_the_same() -> None:
    assert key_id("A" * 43 + "=") == "bbbf2d845939"
    assert len({key_id(OLD), key_id(NEW)}) == 2


def test_the_cipher_names_the_key_that_sealed() -> None:
    sealed = Cipher([OLD]).seal("secret", context=HERE)
    both = Cipher([NEW, OLD, NEW])
    assert both.key_ids == (key_id(NEW), key_id(OLD))
    assert both.newest == key_id(NEW)
    assert both.key_of(sealed) == key_id(OLD)
    assert both.key_of(both.seal("secret", context=HERE)) == key_id(NEW)
    assert Cipher([NEW]).key_of(sealed) == ""


@pytest.mark.parametrize(
    "hint", ["", key_id(OLD), key_id(NEW), "unknown"], ids=["none", "older", "newest", "unknown"]
)
def test_a_wrong_hint_costs_time_and_nothing_else(hint: str) -> None:
    sealed = Cipher([OLD]).seal("secret", context=HERE)
    both = Cipher([NEW, OLD])
    assert both.open(sealed, context=HERE, hint=hint) == "secret"
    assert both.key_of(sealed, hint=hint) == key_id(OLD)


def test_without_any_key_nothing_opens_and_nothing_is_sealed() -> None:
    none = Cipher([])
    sealed = Cipher([OLD]).seal("secret", context=HERE)
    assert none.open(sealed, context=HERE) is None
    assert (none.key_of(sealed), none.newest) == ("", "")
    with pytest.raises(UserError, match=r"no key to keep secrets with.*hunch keys add"):
        none.seal("secret", context=HERE)


def test_neither_a_cipher_nor_its_complaint_shows_a_key() -> None:
    assert NEW not in repr(Cipher([NEW])) + str(vars(Cipher([NEW])))
    with pytest.raises(SettingsError) as caught:
        Cipher([NEW, OLD[:-4]])
    assert not any(key in str(caught.value) for key in (NEW, OLD[:-4]))
