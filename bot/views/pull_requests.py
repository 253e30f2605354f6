"""How a pull request is named to people: a linked title, and a line on where it is from."""

from __future__ import annotations

from dataclasses import dataclass

from bot.views.blocks import Block, context, section
from bot.views.texts import escaped, link


@dataclass(frozen=True, slots=True)
class PullRequestView:
    """As GitHub shows it; every text may be anything."""

    title: str
    url: str
    repository: str
    number: int
    author: str


def linked_title(pr: PullRequestView) -> str:
    """The title as a link, as markup."""
    return link(pr.url, escaped(pr.title))


def titled(pr: PullRequestView) -> str:
    """The title in quotation marks, as markup without a link: for notifications."""
    return f"“{escaped(pr.title)}”"


def place(pr: PullRequestView) -> str:
    """The repository and the number, as markup."""
    return f"{escaped(pr.repository, 100, otherwise='a repository')} #{pr.number}"


def heading(pr: PullRequestView, role: str) -> list[Block]:
    """The first lines of a message about the pull request; `role` says why one gets it.

    An author who is not to be named yet is "".
    """
    by = f" by {escaped(pr.author, 40, otherwise='somebody')}" if pr.author else ""
    return [section(linked_title(pr)), context(f"{place(pr)}{by}", role)]
