"""Speaks to GitHub and reads what it sends; its refusals become our kinds of error, once."""
