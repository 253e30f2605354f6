"""GitHub's REST API, as much of it as an App that reads needs."""
