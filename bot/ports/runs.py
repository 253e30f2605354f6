"""What people may start: the pipelines as handlers, commands and views know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class RunKind:
    """A kind of run: its name for people, its steps' titles, the parameters it takes."""

    kind: str
    title: str
    steps: tuple[str, ...]
    takes: type[BaseModel]


RunKinds = Mapping[str, RunKind]
