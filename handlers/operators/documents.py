"""The OpenAPI document: the same operations and models that answer, written down for programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel, TypeAdapter

from handlers.operators.operations import Operation
from handlers.problems import MEDIA_TYPE, ProblemDetails

_SHARED = (401, 429, 503)
_REFUSALS = {
    400: "The body is not JSON.",
    401: "No token, or one that is good no more.",
    403: "The token may only read.",
    404: "There is no such thing in the token's workspace.",
    409: "It cannot be done as things are; `detail` says what to do.",
    413: "The body is too large.",
    415: "The body is not said to be JSON.",
    422: "Something in the request does not fit; `faults` says what.",
    429: "The token asks too often; `Retry-After` says how long to wait.",
    503: "PostgreSQL cannot be reached right now; nothing was done.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeated with the same key within a day, the request is done once and "
    "answered alike.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}
_DESCRIPTION = (
    "Look at and steer Hunch's runs. Tokens come from `hunch tokens add`; each belongs to one "
    "workspace and may read, or read and write."
)
Json = dict[str, Any]


def document(operations: Sequence[Operation]) -> Json:
    """OpenAPI 3.1, as a mapping that JSON can hold."""
    schemas = Schemas(operations)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.way, {})[operation.method.lower()] = schemas.described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hunch", "version": version("hunch"), "description": _DESCRIPTION},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class Schemas:
    """The models' schemas, each once."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        wanted: list[tuple[str, Any, TypeAdapter[Any]]] = [
            ("problem", "serialization", TypeAdapter(ProblemDetails))
        ]
        for one in operations:
            if one.gives is not None:
                wanted.append((f"{one.name}:gives", "serialization", TypeAdapter(one.gives)))
            if one.body is not None:
                wanted.append((f"{one.name}:body", "validation", one.body))
        found, definitions = TypeAdapter.json_schemas(
            wanted, ref_template="#/components/schemas/{model}"
        )
        self._found = {name: schema for (name, _), schema in found.items()}
        self.components: Json = definitions.get("$defs", {})

    def described(self, operation: Operation) -> Json:
        """One operation, as OpenAPI says it."""
        told: Json = {
            "operationId": operation.name,
            "summary": operation.summary,
            "parameters": self._parameters(operation),
            "responses": self._responses(operation),
        }
        if operation.uploads:
            told["requestBody"] = _content("application/octet-stream", {}, required=False)
        if operation.body is not None:
            schema = self._found[f"{operation.name}:body"]
            told["requestBody"] = _content("application/json", schema, required=True)
        return told

    def _parameters(self, operation: Operation) -> list[Json]:
        told = [
            *_parameters("path", operation.path),
            *_parameters("query", operation.query),
        ]
        return [*told, _KEY] if operation.writes else told

    def _responses(self, operation: Operation) -> Json:
        refusals = {*operation.refusals, *_SHARED, *_implied(operation)}
        problem = {MEDIA_TYPE: {"schema": self._found["problem"]}}
        told = {
            str(status): {"description": _REFUSALS[status], "content": problem}
            for status in sorted(refusals)
        }
        return {str(operation.status): self._success(operation), **told}

    def _success(self, operation: Operation) -> Json:
        if operation.gives is None:
            return _content("application/octet-stream", {}, description=operation.summary)
        schema = self._found[f"{operation.name}:gives"]
        return _content("application/json", schema, description=operation.summary)


def _content(media_type: str, schema: Any, **more: Any) -> Json:
    return {**more, "content": {media_type: {"schema": schema}}}


def _implied(operation: Operation) -> set[int]:
    """What may be answered because of what the operation takes."""
    implied = {403, 409, 413, 422} if operation.writes else set()
    if operation.body is not None:
        implied |= {400, 415}
    if operation.path.model_fields:
        implied |= {404, 422}
    return implied | ({422} if operation.query.model_fields else set())


def _parameters(place: str, model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": place,
            "required": place == "path" or name in required,
            "schema": _inlined(each, schema.get("$defs", {})),
        }
        for name, each in schema.get("properties", {}).items()
    ]


def _inlined(schema: Any, definitions: Json) -> Any:
    """A parameter's schema by itself; null is the same as leaving the parameter out."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[re.sub(r".*/", "", schema["$ref"])], definitions)
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(kinds) == 1:
        return _inlined(kinds[0], definitions)
    return {
        key: _inlined(each, definitions)
        for key, each in schema.items()
        if not (key == "default" and each is None)
    }
