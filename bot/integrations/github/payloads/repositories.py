"""Reads what webhooks say about repositories and about what an installation shows us."""

from __future__ import annotations

from bot.domain.connections import InstallationChange, InstallationNews
from bot.domain.deliveries import RepositoryNews, ShownNews
from bot.integrations.github.payloads.shapes import Id, Payload, RepositoryShape

_CHANGES = {change.value: change for change in InstallationChange}


class _RepositoryEvent(Payload):
    action: str
    repository: RepositoryShape


class _Installation(Payload):
    id: Id


class _Installed(Payload):
    installation: _Installation


class _InstallationEvent(_Installed):
    action: str


class _ShownEvent(Payload):
    installation: _Installation
    repositories_added: list[RepositoryShape] | None = None
    repositories_removed: list[RepositoryShape] | None = None


def read_repository(body: bytes) -> RepositoryNews:
    """`repository`, whatever its action: renamed, transferred, archived, deleted and their like."""
    event = _RepositoryEvent.model_validate_json(body)
    return RepositoryNews(event.repository.repository(), gone=event.action == "deleted")


def read_installation(body: bytes) -> InstallationNews | None:
    """`installation`: created, deleted, suspend, unsuspend, new_permissions_accepted."""
    event = _InstallationEvent.model_validate_json(body)
    change = _CHANGES.get(event.action)
    return None if change is None else InstallationNews(event.installation.id, change)


def read_shown(body: bytes) -> ShownNews:
    """`installation_repositories`: added, removed."""
    event = _ShownEvent.model_validate_json(body)
    return ShownNews(
        event.installation.id,
        tuple(one.repository() for one in event.repositories_added or ()),
        tuple(one.repository() for one in event.repositories_removed or ()),
    )


def installation_of(body: bytes) -> int | None:
    """The GitHub App installation a delivery comes from; None when it names none."""
    try:
        return _Installed.model_validate_json(body).installation.id
    except ValueError:
        return None
