"""The grammar of the rules: small checks that are put together into tables.

A check looks at one value and yields what is wrong with it, with a JSON pointer (RFC 6901).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing Slack would refuse; `pointer` is a JSON pointer into the payload."""

    pointer: str
    message: str


Check = Callable[[Any, str], Iterator[Problem]]
"""Yields the problems of the value found at the pointer."""

Fields = Mapping[str, Check]
"""What each field of an object has to pass."""


def below(pointer: str, *steps: str | int) -> str:
    """The pointer some steps further down."""
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "/".join([pointer, *escaped])


def string(
    *, at_most: int | None = None, at_least: int = 1, pattern: str | None = None, hint: str = ""
) -> Check:
    """A string of `at_least` to `at_most` characters that matches `pattern` as a whole."""
    compiled = re.compile(pattern) if pattern else None

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(pointer, "must be a string")
            return
        yield from _length(value, pointer, "characters", at_least, at_most)
        if compiled and not compiled.fullmatch(value):
            yield Problem(pointer, hint or f"must match {pattern}")

    return check


def one_of(*allowed: str) -> Check:
    """Exactly one of the strings."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str) or value not in allowed:
            yield Problem(pointer, f"must be one of: {', '.join(allowed)}")

    return check


def boolean(value: Any, pointer: str) -> Iterator[Problem]:
    """True or false, not 0 or 1."""
    if not isinstance(value, bool):
        yield Problem(pointer, "must be true or false")


def integer(*, at_least: int | None = None, at_most: int | None = None) -> Check:
    """A whole number within the bounds."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield Problem(pointer, "must be a whole number")
        elif at_least is not None and value < at_least:
            yield Problem(pointer, f"must be at least {at_least}")
        elif at_most is not None and value > at_most:
            yield Problem(pointer, f"must be at most {at_most}")

    return check


def number(*, more_than: float | None = None) -> Check:
    """A finite number."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            yield Problem(pointer, "must be a finite number")
        elif more_than is not None and value <= more_than:
            yield Problem(pointer, f"must be more than {more_than:g}")

    return check


def url(*schemes: str, at_most: int = 3000) -> Check:
    """An absolute URL with one of the schemes."""
    length = string(at_most=at_most)

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        yield from length(value, pointer)
        if isinstance(value, str) and value and not _is_url(value, schemes):
            yield Problem(pointer, f"must be a URL that starts with {' or '.join(schemes)}:")

    return check


def array(item: Check, *, at_least: int = 0, at_most: int | None = None) -> Check:
    """A list of `at_least` to `at_most` items, each of which passes."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, list | tuple):
            yield Problem(pointer, "must be a list")
            return
        yield from _length(value, pointer, "items", at_least, at_most)
        for index, one in enumerate(value):
            yield from item(one, below(pointer, index))

    return check


def mapping(value: Any, pointer: str) -> Iterator[Problem]:
    """Any object."""
    if not isinstance(value, Mapping):
        yield Problem(pointer, "must be an object")


Rule = Callable[[Mapping[str, Any], str], Iterator[Problem]]
"""What a single field cannot tell: yields the problems of an object as a whole."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with exactly these fields; rules run once every field is right by itself."""

    required: Fields
    optional: Fields
    rules: Sequence[Rule] = ()

    def __call__(self, value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield Problem(pointer, "must be an object")
            return
        found = [*self._keys(value, pointer), *self._values(value, pointer)]
        yield from found
        if not found:
            for rule in self.rules:
                yield from rule(value, pointer)

    def _keys(self, value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        for key in self.required:
            if key not in value:
                yield Problem(below(pointer, key), "is required")
        for key in value:
            if key not in self.required and key not in self.optional:
                yield Problem(below(pointer, str(key)), "is not a known field here")

    def _values(self, value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        for key, check in (*self.required.items(), *self.optional.items()):
            if key in value:
                yield from check(value[key], below(pointer, key))


def tagged(kinds: Fields) -> Check:
    """An object whose `type` chooses the check."""

    def check(value: Any, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield Problem(pointer, "must be an object")
            return
        kind = value.get("type")
        if isinstance(kind, str) and kind in kinds:
            yield from kinds[kind](value, pointer)
        else:
            yield Problem(below(pointer, "type"), f"must be one of: {', '.join(sorted(kinds))}")

    return check


def shape(
    type_: str | None,
    required: Fields,
    optional: Fields | None = None,
    *rules: Rule,
) -> Shape:
    """A Shape; with `type_` its `type` field is required and fixed."""
    typed = {"type": one_of(type_)} if type_ else {}
    return Shape({**typed, **required}, optional or {}, rules)


def exactly_one(*keys: str) -> Rule:
    """One of the fields and not two."""

    def rule(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        if sum(key in value for key in keys) != 1:
            yield Problem(pointer, f"needs exactly one of: {', '.join(keys)}")

    return rule


def at_least_one(*keys: str) -> Rule:
    """One of the fields, or several."""

    def rule(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        if not any(key in value for key in keys):
            yield Problem(pointer, f"needs at least one of: {', '.join(keys)}")

    return rule


def not_both(one: str, other: str) -> Rule:
    """Either field or none."""

    def rule(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        if one in value and other in value:
            yield Problem(pointer, f"cannot have both {one} and {other}")

    return rule


def unique(values: Sequence[tuple[str, Any]], what: str) -> Iterator[Problem]:
    """Yields a problem for each (pointer, value) whose value came before."""
    seen: set[Any] = set()
    for pointer, value in values:
        if value in seen:
            yield Problem(pointer, f"{what} must be unique")
        seen.add(value)


def _length(
    value: Sequence[Any], pointer: str, unit: str, at_least: int, at_most: int | None
) -> Iterator[Problem]:
    if len(value) < at_least:
        yield Problem(pointer, f"must have at least {at_least} {unit}")
    if at_most is not None and len(value) > at_most:
        yield Problem(pointer, f"must have at most {at_most} {unit}, has {len(value)}")


def _is_url(value: str, schemes: Sequence[str]) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    blank = any(char.isspace() or ord(char) < 32 for char in value)
    located = bool(parts.netloc) or parts.scheme == "mailto"
    return parts.scheme in schemes and located and not blank
