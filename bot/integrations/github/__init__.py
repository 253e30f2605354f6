"""GitHub: reading what it sends."""
