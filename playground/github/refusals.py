"""How GitHub says no."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from playground.records import Json

DOCS = "https://docs.github.com/rest"
GRAPH_DOCS = "https://docs.github.com/graphql"


class Refused(Exception):
    """An answer that is an error, in GitHub's shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {
            "message": message,
            **more,
            "documentation_url": DOCS,
            "status": str(status),
        }
        self.headers = dict(headers or {})

    def answer(self) -> web.Response:
        return web.json_response(self.body, status=self.status, headers=self.headers)


def not_found() -> Refused:
    """It is not there, or not for you: GitHub does not tell them apart."""
    return Refused(404, "Not Found")


def bad_credentials() -> Refused:
    """The token is unknown, expired or revoked."""
    return Refused(401, "Bad credentials")


def suspended() -> Refused:
    """The installation is."""
    return Refused(403, "This installation has been suspended")
