"""Says whose work pull requests are, and lets people put that right."""

from bot.use_cases.attributions.judgements import hear_author, judge, keep_traces

__all__ = ["hear_author", "judge", "keep_traces"]
