"""GitHub's GraphQL API: a part of its schema, all of its limits."""
