"""Syncs with the playground's GitHub, on a real database, one step at a time."""
