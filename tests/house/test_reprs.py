"""What holds a secret does not show it: not in a log line, not in an error, not in a debugger."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

from tests.databases import REPOSITORY
from tests.house.statements import modules

_TELLING = re.compile(r"(^|_)(token|secret|password)$")
_TEXTS = {"str", "str | None"}


def _dataclasses() -> Iterator[type[Any]]:
    for path in modules("bot", "handlers", "jobs", "storage"):
        name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        if name.endswith("__main__"):
            continue
        module = importlib.import_module(name.removesuffix(".__init__"))
        for _, found in inspect.getmembers(module, inspect.isclass):
            if dataclasses.is_dataclass(found) and found.__module__ == module.__name__:
                yield found


def test_no_dataclass_prints_its_secrets() -> None:
    fields = [(kind, field) for kind in _dataclasses() for field in dataclasses.fields(kind)]
    telling = [
        (kind.__qualname__, field)
        for kind, field in fields
        if _TELLING.search(field.name) and str(field.type) in _TEXTS
    ]
    assert len(telling) > 2
    assert [(kind, field.name) for kind, field in telling if field.repr] == []
