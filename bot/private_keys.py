"""Reads the private key of the GitHub App: its text, or the file it lies in."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_BEGINNING = "-----BEGIN"


def private_key_text(given: str) -> str:
    """The key's PEM text. `given` is that text (`\\n` may stand for line ends) or a file's path.

    Raises ValueError, which does not quote it, where that is no private RSA key.
    """
    text = given.replace("\\n", "\n") if given.lstrip().startswith(_BEGINNING) else _read(given)
    try:
        key = load_pem_private_key(text.strip().encode(), password=None)
    except (TypeError, ValueError) as error:
        raise ValueError("is no private key that can be read") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("is not the RSA key that GitHub gave")  # noqa: TRY004
    return text


def _read(path: str) -> str:
    try:
        return Path(path.strip()).expanduser().read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise ValueError("is neither a key nor a file that can be read") from error
