"""What a GitHub is made of: accounts, teams, repositories, Apps, installations, tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.github.node_ids import node_id, number_of

READ = "read"
PERMISSIONS = {
    "contents": READ,
    "members": READ,
    "metadata": READ,
    "pull_requests": READ,
}
"""What an App asks for here unless it says otherwise."""
EVENTS = (
    "installation_repositories",
    "member",
    "membership",
    "organization",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "repository",
    "team",
)
USER, ORGANIZATION, BOT = "User", "Organization", "Bot"
_ID_KINDS = {USER: "U", ORGANIZATION: "O", BOT: "BOT"}


@dataclass(slots=True)
class Account:
    """A person, a bot or an organisation; `members` are an organisation's, with their roles.

    `origin` is the first login, which the numeric id comes from; "" if it is still that.
    """

    login: str
    kind: str = USER
    name: str = ""
    email: str = ""
    members: dict[str, str] = field(default_factory=dict)
    created_at: str = "2019-04-01T09:00:00Z"
    origin: str = ""

    @property
    def key(self) -> str:
        return self.login.lower()

    @property
    def id(self) -> int:
        return number_of(self.origin or self.login)

    @property
    def node_id(self) -> str:
        return node_id(_ID_KINDS[self.kind], self.id)


@dataclass(slots=True)
class Team:
    """A team of an organisation; `members` with their roles (`member`, `maintainer`)."""

    organisation: str
    slug: str
    name: str
    parent: str = ""
    members: dict[str, str] = field(default_factory=dict)
    id: int = 0

    @property
    def key(self) -> str:
        return f"{self.organisation}/{self.slug}"


@dataclass(slots=True)
class Plan:
    """The generated past of a repository: `count` pull requests in the `days` before `ends_at`.

    `people` are logins with name and e-mail address; `crowded` is the share of pull requests with
    more commits or reviews than a page; `first` is the number of the first one.
    """

    count: int
    seed: int = 1
    ends_at: str = "2026-11-01T17:00:00Z"
    days: int = 420
    people: list[list[str]] = field(default_factory=list)
    crowded: float = 0.06


@dataclass(slots=True)
class Repository:
    """A repository; `origin` is its first full name, `former` all it has had since."""

    owner: str
    name: str
    private: bool = True
    archived: bool = False
    deleted: bool = False
    default_branch: str = "main"
    created_at: str = "2024-02-01T09:00:00Z"
    description: str | None = None
    origin: str = ""
    former: list[str] = field(default_factory=list)
    plan: Plan | None = None

    def __post_init__(self) -> None:
        self.origin = self.origin or self.full_name
        if isinstance(self.plan, dict):
            self.plan = Plan(**self.plan)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def key(self) -> str:
        return self.origin

    @property
    def id(self) -> int:
        return number_of(self.origin)

    @property
    def node_id(self) -> str:
        return node_id("R", self.id)


@dataclass(slots=True)
class App:
    """A GitHub App. With `asks_who` people sign in while they install it, and come back with a
    code to the first of `callback_urls`; else they come back to `setup_url`."""

    id: int
    slug: str
    name: str
    client_id: str
    client_secret: str
    private_key: str
    webhook_secret: str
    webhook_url: str = ""
    callback_urls: list[str] = field(default_factory=list)
    setup_url: str = ""
    asks_who: bool = True
    owner: str = "nightjar-labs"
    permissions: dict[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    events: list[str] = field(default_factory=lambda: list(EVENTS))

    @property
    def key(self) -> str:
        return str(self.id)

    @property
    def bot(self) -> str:
        """The account as which it acts."""
        return f"{self.slug}[bot]"


@dataclass(slots=True)
class Installed:
    """An App in an account; `repositories` are origins, None means all."""

    id: int
    app_id: int
    account: str
    permissions: dict[str, str]
    events: list[str]
    repositories: list[str] | None = None
    suspended_at: str | None = None
    suspended_by: str | None = None
    removed: bool = False
    created_at: str = "2026-01-05T09:00:00Z"
    updated_at: str = "2026-01-05T09:00:00Z"

    @property
    def key(self) -> str:
        return str(self.id)

    def covers(self, repository: Repository) -> bool:
        """Whether the App was given this repository."""
        chosen = self.repositories is None or repository.origin in self.repositories
        return self.account == repository.owner and chosen


@dataclass(slots=True)
class Delivery:
    """A webhook that was sent to an App, or should have been; `guid` stays when it is sent again.

    `status_code` is 0 when nobody answered.
    """

    id: int
    guid: str
    app_id: int
    event: str
    body: str
    delivered_at: str
    action: str | None = None
    status_code: int = 0
    redelivery: bool = False
    installation_id: int | None = None
    repository_id: int | None = None
    duration: float = 0.0

    @property
    def key(self) -> str:
        return str(self.id)

    @property
    def arrived(self) -> bool:
        return 200 <= self.status_code < 300


@dataclass(slots=True)
class Token:
    """What opens the API: an installation's (`ghs_`), a person's through an App (`ghu_`), or a
    fine-grained one (`github_pat_`) for what `owner` has.

    `expires_at` is in seconds since 1970, 0 for never; `repositories` are origins, None means all.
    """

    value: str
    login: str = ""
    app_id: int = 0
    installation_id: int = 0
    owner: str = ""
    permissions: dict[str, str] = field(default_factory=dict)
    repositories: list[str] | None = None
    expires_at: float = 0.0
    refresh: str = ""
    revoked: bool = False

    @property
    def key(self) -> str:
        return self.value
