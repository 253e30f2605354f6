"""What admins are told about connections to GitHub: what is wrong, and what to do."""

from __future__ import annotations

from bot.domain.connections import Connection, ConnectionKind, ConnectionState
from bot.views.blocks import Message, context, note, section
from bot.views.texts import escaped

_KEPT = "Nothing is lost: what is there stays, and I go on where I stopped once this is mended."


def what_to_do(
    kind: ConnectionKind, state: ConnectionState, account: str, missing: tuple[str, ...] = ()
) -> str:
    """The one line that says how to mend it; "" where nothing is wrong."""
    match kind, state:
        case _, ConnectionState.ACTIVE:
            return ""
        case _, ConnectionState.SCOPE_MISSING:
            return _scope_missing(kind, account, missing)
        case ConnectionKind.APP, ConnectionState.SUSPENDED:
            return f"An owner of {account} lifts the suspension on GitHub, under GitHub Apps."
        case ConnectionKind.APP, ConnectionState.REMOVED:
            return "Install the App again: “Connect GitHub” in my Home tab."
        case ConnectionKind.APP, _:
            return (
                "GitHub does not take the App's key. Whoever runs me makes a new one on the App's "
                "page and puts it into GITHUB_PRIVATE_KEY."
            )
        case _:
            return (
                f"Make a new token for {account} on GitHub and give it to me in my Home tab, or "
                f"with `hunch connect github-token --account {account}`."
            )


def _scope_missing(kind: ConnectionKind, account: str, missing: tuple[str, ...]) -> str:
    wanted = ", ".join(missing) or "what I need"
    if kind is ConnectionKind.APP:
        return f"An owner of {account} accepts the App's permissions on GitHub: {wanted}."
    return f"Edit the token for {account} on GitHub and allow it: {wanted}."


def cannot_ask(reason: str) -> str:
    """What to do where we cannot even ask GitHub; `reason` is a word of ours."""
    match reason:
        case "no_app":
            return "Whoever runs me sets GITHUB_APP_ID and GITHUB_PRIVATE_KEY."
        case "secret_locked":
            return "No key opens its token: put the key back, or give me a token anew."
        case _:
            return f"GitHub cannot be asked about it ({reason})."


def what_is_wrong(kind: ConnectionKind, state: ConnectionState) -> str:
    """Half a sentence about the trouble."""
    match state:
        case ConnectionState.ACTIVE:
            return "works"
        case ConnectionState.SUSPENDED:
            return "is suspended"
        case ConnectionState.REMOVED:
            return "was uninstalled"
        case ConnectionState.SCOPE_MISSING:
            return "lacks a permission"
        case _:
            return "is not accepted by GitHub any more"


def not_kept(account: str, state: ConnectionState, missing: tuple[str, ...]) -> str:
    """Why a token that was given is not kept, and what to do."""
    match state:
        case ConnectionState.SCOPE_MISSING if missing:
            lacks = ", ".join(missing)
            return (
                f"That token does not open enough of {account}. Missing: {lacks}. Edit it on "
                "GitHub, then give it to me again. It was not kept."
            )
        case ConnectionState.SCOPE_MISSING:
            return (
                f"That token does not open {account}, or there is no such account. Choose it as "
                "the token's resource owner on GitHub. It was not kept."
            )
        case _:
            return "GitHub does not take that token. Make a new one. It was not kept."


def token_kept(one: Connection) -> Message:
    """Answer an admin whose token will do."""
    if one.state is ConnectionState.ACTIVE:
        return note(f"The token for {escaped(one.account, 60)} works. I read its repositories now.")
    told = what_to_do(one.kind, one.state, escaped(one.account, 60), one.missing)
    return note(f"I keep the token for {escaped(one.account, 60)}, but it lacks something. {told}")


def token_not_kept(text: str) -> Message:
    """Answer an admin whose token will not do; `text` says why."""
    return note(f":warning: {escaped(text, 1000)}")


def trouble(one: Connection) -> Message:
    """The card about a connection that does not work."""
    title = _title(one)
    account = escaped(one.account, 60)
    told = what_to_do(one.kind, one.state, account, one.missing)
    line = f"{title} {what_is_wrong(one.kind, one.state)}."
    return {
        "text": line,
        "blocks": [section(f":warning: *{line}*\n{told}"), context(_KEPT)],
    }


def trouble_over(before: Connection, after: Connection) -> Message:
    """What becomes of the card: it works again, or there is another trouble with a card of its own."""
    was = f"{_title(before)} {what_is_wrong(before.kind, before.state)}."
    if after.state is ConnectionState.ACTIVE:
        line = f"{_title(after)} works again."
        return {
            "text": line,
            "blocks": [section(f":white_check_mark: *{line}*"), context(f"Before: {was}")],
        }
    line = f"{_title(after)} {what_is_wrong(after.kind, after.state)} now."
    return {"text": line, "blocks": [section(f":warning: {line}"), context(f"Before: {was}")]}


def _title(one: Connection) -> str:
    kind = "The GitHub App" if one.kind is ConnectionKind.APP else "The GitHub token"
    return f"{kind} on {escaped(one.account, 60)}"
