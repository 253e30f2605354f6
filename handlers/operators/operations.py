"""What an operation of the API is: its way, what it takes and gives, and who does it.

The routes and the OpenAPI document are made of the same operations, and requests are held against
the very models that the document shows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.domain.api_tokens import Access, ApiToken
from bot.ports import Transaction

PathT = TypeVar("PathT", bound=BaseModel)
QueryT = TypeVar("QueryT", bound=BaseModel)
BodyT = TypeVar("BodyT")


class Nothing(BaseModel):
    """Takes nothing, and refuses what it is given all the same."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes as they came, and what the sender says they are."""

    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Asked(Generic[PathT, QueryT, BodyT]):
    """One request that fits: from whom, what, and when."""

    token: ApiToken
    path: PathT
    query: QueryT
    body: BodyT
    now: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """What is answered: a model, or bytes to be kept in a file."""

    content: BaseModel | bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Work = Callable[[Transaction, Any], Awaitable[Given]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the API can do.

    `body` None: it takes no body. `uploads`: it takes bytes of any kind. `gives` None: it gives
    bytes. `refusals` are the statuses it may answer besides those that all operations share.
    """

    method: str
    way: str
    name: str
    summary: str
    access: Access
    status: int
    work: Work
    gives: type[BaseModel] | None
    path: type[BaseModel] = Nothing
    query: type[BaseModel] = Nothing
    body: TypeAdapter[Any] | None = None
    uploads: bool = False
    refusals: tuple[int, ...] = ()

    @property
    def writes(self) -> bool:
        return self.access is Access.WRITE
