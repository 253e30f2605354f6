"""The company's pull requests on its make-believe GitHub, and the titles they have."""

from __future__ import annotations

import hashlib
import random
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from playground.records import Json

COPILOT = "copilot-swe-agent[bot]"
DEPENDABOT = "dependabot[bot]"


class Sign(StrEnum):
    """What gives AI away on GitHub: nothing, or one of the signs that a webhook shows."""

    NONE = "none"
    AGENT_ACCOUNT = "agent_account"
    BODY_MARKER = "body_marker"
    BRANCH_HEAD = "branch_head"
    SERVICE_BOT = "service_bot"


@dataclass(slots=True)
class GivenReview:
    """A review; `state` as GitHub's webhooks write it."""

    id: int
    reviewer: str
    state: str
    submitted_at: str


@dataclass(slots=True)
class Commit:
    """A commit of a pull request's branch; `login` is its author's account, "" for none."""

    sha: str
    message: str
    name: str
    email: str
    authored_at: str
    committed_at: str
    login: str = ""


@dataclass(slots=True)
class Turn:
    """Something that happened on a pull request's way, as its timeline shows it.

    `kind` as REST names it (`ready_for_review`, `review_requested`, …); `subject` is the login,
    label or commit it is about.
    """

    kind: str
    actor: str
    at: str
    subject: str = ""


@dataclass(slots=True)
class PullRequest:
    """A pull request of the company; times are GitHub's ISO text, people their logins.

    `origin` is the repository's first name, which its numeric ids come from; "" if it still has
    that name.
    """

    repository: str
    number: int
    title: str
    author: str
    body: str
    head: str
    opened_at: str
    updated_at: str
    base: str = "main"
    state: str = "open"
    draft: bool = False
    closed_at: str | None = None
    merged_at: str | None = None
    merged_by: str | None = None
    assignees: list[str] = field(default_factory=list)
    reviews: list[GivenReview] = field(default_factory=list)
    additions: int = 12
    deletions: int = 3
    changed_files: int = 2
    labels: list[str] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    timeline: list[Turn] = field(default_factory=list)
    origin: str = ""

    @property
    def key(self) -> str:
        """What the document is stored under."""
        return f"{self.repository}#{self.number}"

    @property
    def url(self) -> str:
        """Where it would be on GitHub."""
        return f"https://github.com/{self.repository}/pull/{self.number}"

    @property
    def first_key(self) -> str:
        """The key it had when it was opened, which its numeric ids come from."""
        return f"{self.origin or self.repository}#{self.number}"

    @property
    def head_sha(self) -> str:
        """The newest commit of its branch."""
        return self.commits[-1].sha if self.commits else sha_of(self.first_key, self.head)

    def as_document(self) -> Json:
        """Return what is stored."""
        return asdict(self)


def from_document(document: Json) -> PullRequest:
    """Return the pull request that was stored."""
    reviews = [GivenReview(**one) for one in document["reviews"]]
    nested = {
        "reviews": reviews,
        "commits": [Commit(**one) for one in document.get("commits", ())],
        "timeline": [Turn(**one) for one in document.get("timeline", ())],
    }
    return PullRequest(**{**document, **nested})


def sha_of(*names: object) -> str:
    """Return the name that git would give to something; the same for the same names."""
    return hashlib.sha256("/".join(map(str, names)).encode()).hexdigest()[:40]


TITLES = (
    "Retry the payment webhook when the bank answers 503",
    "Show the delivery date in the customer's own time zone",
    "Stop the cart from losing its last item",
    "Cache the price list for five minutes",
    "Cursor pagination for the orders list",
    "Make the search box usable by keyboard",
    "Remove the old invoice exporter",
    "Fix `<script>` in product names & other escapes",
    "Sort umlauts where readers expect them: Äpfel before Zebra 🦓",
    "支持按门店筛选库存",
    "Split the checkout test into three that can fail alone",
    "Warn before a discount makes a price negative",
    "Read the feature flags once a request",
    "Log the reason when a refund is declined",
)

_BODY = "What changes for people: see the title. Tried by hand and covered by tests."
_MARKER = "🤖 Generated with [Claude Code](https://claude.com/claude-code)"


def pick_title(number: int) -> str:
    """Return a title; the next number has another one."""
    return TITLES[number % len(TITLES)]


def describe(sign: Sign) -> str:
    """Return a body, with a marker if that is the sign."""
    return f"{_BODY}\n\n{_MARKER}\n" if sign is Sign.BODY_MARKER else _BODY


def head_of(number: int, title: str, sign: Sign) -> str:
    """Return a branch name, with an agent's prefix if that is the sign."""
    words = [word for word in title.lower().split() if word.isascii() and word.isalpha()]
    slug = "-".join(words[:4]) or f"change-{number}"
    prefix = {
        Sign.BRANCH_HEAD: "claude/",
        Sign.AGENT_ACCOUNT: "copilot/",
        Sign.SERVICE_BOT: "dependabot/pip/",
    }
    return prefix.get(sign, "") + slug


def sizes(number: int) -> tuple[int, int, int]:
    """Return lines added, lines deleted and files changed; the same for the same number."""
    dice = random.Random(number)  # nosec B311
    return dice.randint(1, 400), dice.randint(0, 200), dice.randint(1, 15)
