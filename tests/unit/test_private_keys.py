"""The App's private key is taken as text or as a file, and never quoted."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.errors import SettingsError
from bot.private_keys import private_key_text
from bot.settings import read_settings
from playground.github.world import _a_key


def test_the_text_the_text_on_one_line_and_the_file_are_all_the_same(tmp_path: Path) -> None:
    key, file = _a_key(), tmp_path / "hunch.pem"
    file.write_text(key)
    assert private_key_text(key) == key
    assert private_key_text(key.replace("\n", "\\n")) == key
    assert private_key_text(f" {file}\n") == key


def test_what_is_no_key_is_said_without_quoting_it(tmp_path: Path) -> None:
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for given in (other.decode(), "-----BEGIN NOTHING", str(binary), "/no/such/file"):
        with pytest.raises(ValueError, match="is n") as caught:
            private_key_text(given)
        assert given not in str(caught.value)


def test_half_an_app_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_PRIVATE_KEY", "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_APP_ID", "1")
    with pytest.raises(SettingsError, match="GITHUB_PRIVATE_KEY: missing, but GITHUB_APP_ID"):
        read_settings(None)
    monkeypatch.setenv("GITHUB_APP_ID", "0")
    with pytest.raises(SettingsError, match="GITHUB_APP_ID: must be 1 or more"):
        read_settings(None)
    monkeypatch.delenv("GITHUB_APP_ID")
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", "nonsense")
    with pytest.raises(SettingsError, match="GITHUB_PRIVATE_KEY: is neither a key nor a file"):
        read_settings(None)
