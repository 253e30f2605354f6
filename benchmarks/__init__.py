"""Measurements, each beside a bare baseline of the same run: the ratio is what counts."""
