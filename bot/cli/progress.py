"""How far a long command is: a bar that moves in a terminal, a line every so often elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TextIO

_WIDTH = 30
_STEPS = 10


@dataclass
class Progress:
    """Shows how much of `total` is done; what is being counted comes with each step."""

    total: int
    out: TextIO = field(default_factory=lambda: sys.stderr)
    _shown: int = -1

    def show(self, done: int, what: str) -> None:
        """Say it, if that is news: each percent in a terminal, each tenth elsewhere."""
        share = min(1.0, done / self.total) if self.total else 1.0
        step = int(share * (100 if self.out.isatty() else _STEPS))
        if step != self._shown:
            self._shown = step
            self._write(f"  {bar(share)} {share:4.0%}  {what}")

    def end(self) -> None:
        """Leave the bar where it is, and go on below it."""
        if self.out.isatty() and self._shown >= 0:
            print(file=self.out, flush=True)

    def _write(self, text: str) -> None:
        if self.out.isatty():
            print(f"\r{text}\x1b[K", end="", file=self.out, flush=True)
        else:
            print(text, file=self.out, flush=True)


def bar(share: float) -> str:
    """A bar of text; `share` is between 0 and 1."""
    full = round(share * _WIDTH)
    return "█" * full + "░" * (_WIDTH - full)
