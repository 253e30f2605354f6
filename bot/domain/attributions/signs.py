"""Which signs of AI anybody can see on a pull request, and how we tell people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain.attributions.accounts import agent_tool, tool_of_login
from bot.domain.attributions.evidence import Evidence, Place
from bot.domain.attributions.matching import evidence_of
from bot.domain.attributions.texts import CommitText, PullRequestTexts
from bot.domain.attributions.tools import TOOLS
from bot.domain.attributions.traces import traces_of
from bot.domain.pull_requests import Actor, Trace

_LABELS = {marks.tool: marks.label for marks in TOOLS}
_CREDITS = ("account", "address", "credit", "weak_address", "weak_credit")
"""The marks that a line which credits somebody can carry."""


def signals_of(
    *,
    author_login: str,
    body: str | None,
    head_ref: str,
    title: str = "",
    author_email: str | None = None,
) -> frozenset[str]:
    """Name every visible sign of AI, weak ones included, as `kind:tool`; empty: none is visible.

    Kinds: `agent_account`, `trailer` (a line that credits the tool, or a commit address),
    `body_marker`, `link` (to an agent's run), `branch_head`. Lines count only whole and outside
    code blocks, so prose about a tool, headings and people of the vendors give no sign.
    """
    commits = (CommitText("", "", author_email=author_email),) if author_email else ()
    texts = PullRequestTexts(author_login, None, title, body, head_ref, commits)
    own = Trace(Place.ACCOUNT, author_login)
    return visible_signs((own, Trace(Place.BRANCH, head_ref), *traces_of(texts)))


def all_traces(author: Actor, head_ref: str, kept: Iterable[Trace]) -> tuple[Trace, ...]:
    """The traces kept of the texts, with those that a pull request's own row is."""
    tool = agent_tool(author)
    login = author.login if tool is None or tool_of_login(author.login) else f"{tool}[bot]"
    return (Trace(Place.ACCOUNT, login), Trace(Place.BRANCH, head_ref), *kept)


def visible_signs(traces: Iterable[Trace]) -> frozenset[str]:
    """The signs, as `kind:tool`, that anybody on GitHub can see in these traces."""
    found = (one for trace in traces for one in evidence_of(trace))
    return frozenset(sign for one in found for sign in _signs(one))


def _signs(one: Evidence) -> Iterator[str]:
    match one.place:
        case Place.ACCOUNT:
            yield f"agent_account:{one.tool}"
        case Place.BRANCH:
            yield f"branch_head:{one.text.partition('/')[0].lower()}"
        case Place.BODY_LINK | Place.COMMIT_LINK:
            yield f"link:{one.tool}"
        case Place.EARLIER:
            yield one.text
        case Place.BODY | Place.COMMIT:
            is_credit = one.rule.partition(".")[2] in _CREDITS
            yield f"{'trailer' if is_credit else 'body_marker'}:{one.tool}"
        case Place.COMMIT_AUTHOR | Place.COMMITTER | Place.COMMIT_ACCOUNT:
            yield f"trailer:{one.tool}"
        case _:
            # GitHub shows no git notes, and who started an agent is no sign by itself.
            return


_CLAUSES = {
    "agent_account": "the account is an agent's ({label})",
    "trailer": "a line in it credits {label}",
    "body_marker": "the description carries the mark of {label}",
    "link": "the description links to a run of {label}",
    "branch_head": "the branch name starts with {tool}/",
}
"""From the clearest kind of sign to the weakest."""


def why_shown(signals: frozenset[str]) -> str:
    """Say for people what gives it away, the clearest sign only; "" without signs.

    A clause to go after "because", such as "the branch name starts with copilot/".
    """
    for kind, clause in _CLAUSES.items():
        tools = sorted(s.partition(":")[2] for s in signals if s.startswith(f"{kind}:"))
        if tools:
            return clause.format(tool=tools[0], label=_LABELS.get(tools[0], tools[0]))
    return ""
