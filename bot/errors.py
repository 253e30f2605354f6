"""What can go wrong, in the three kinds that callers treat differently."""

from __future__ import annotations


class HunchError(Exception):
    """Anything Hunch raises on purpose."""


class UserError(HunchError):
    """A mistake the reader can mend; the text is shown as it is and says what to do next."""


class Missing(UserError):
    """What the reader asked for is not there, or no longer."""


class SettingsError(UserError):
    """A setting is missing or wrong; the text names the variable and the fix."""


class Retryable(HunchError):
    """An outside service asks for patience; try again after `after_s` seconds (None: our own pace)."""

    def __init__(self, reason: str, *, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_s = after_s


class Unclear(HunchError):
    """The request left us but no answer came: it may or may not have taken effect."""


class Permanent(HunchError):
    """An outside service refuses for good; trying again changes nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooMuch(HunchError):
    """An outside service could not answer so much at once: ask for less."""


class DatabaseAway(HunchError):
    """PostgreSQL cannot be reached or cannot store right now; nothing was stored.

    `advice` tells the operator what to do.
    """

    advice = "Check that PostgreSQL runs and can be reached; Hunch goes on by itself."


class DatabaseReadOnly(DatabaseAway):
    """PostgreSQL answers but refuses to write."""

    advice = (
        "PostgreSQL refuses to write: DATABASE_URL leads to a standby, or"
        " default_transaction_read_only is on. Point it to the primary, or switch that off."
    )


class DatabaseFull(DatabaseAway):
    """PostgreSQL has no room left to write to."""

    advice = "PostgreSQL's disk is full. Make room; Hunch goes on by itself, nothing is lost."


class Conflict(HunchError):
    """Somebody else changed the row meanwhile; read it again and decide again."""


class Superseded(HunchError):
    """This attempt is no longer the current one: another worker has taken the work over, or it
    was taken back. Nothing of the transaction is kept; there is nothing left to do here.
    """


class SecretLocked(HunchError):
    """A stored secret that no key of ours opens: the connection needs its key back, or a new start."""

    def __init__(self, purpose: str, name: str) -> None:
        super().__init__(f"no key opens the {purpose}")
        self.purpose = purpose
        self.name = name
