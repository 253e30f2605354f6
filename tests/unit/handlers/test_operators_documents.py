"""The OpenAPI document of the API as it is: with all the pipelines there are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from bot.app.times import utc_now
from bot.ports.runs import RunKinds
from handlers.operators import operations
from handlers.operators.documents import document
from handlers.operators.models import starting
from jobs import registry


@pytest.fixture(scope="module")
def kinds() -> RunKinds:
    nothing: Any = None
    return registry.run_kinds(registry.pipelines(nothing, nothing, now=utc_now))


def test_every_kind_can_be_started_without_parameters(kinds: RunKinds) -> None:
    adapter = starting({kind: one.takes for kind, one in kinds.items()})
    for kind in kinds:
        assert adapter.validate_json(json.dumps({"kind": kind})).kind == kind
    assert "github.sync" in kinds


@pytest.mark.parametrize(
    ("kind", "made_up"),
    [
        ("github.sync", {"points": -5}),
        ("github.sync", {"months": 24, "closed": [1]}),
        ("github.discover", {"troubles": ["<!channel>"]}),
        ("attributions.reprocess", {"judged": 7}),
        ("rollups.rebuild", {"remade": 7}),
    ],
)
def test_how_far_a_run_is_cannot_be_asked_for(
    kinds: RunKinds, kind: str, made_up: dict[str, Any]
) -> None:
    adapter = starting({one: shown.takes for one, shown in kinds.items()})
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        adapter.validate_python({"kind": kind, "params": made_up})


def test_all_schemas_are_schemas_and_every_reference_leads_somewhere(kinds: RunKinds) -> None:
    told = document(operations(kinds))
    schemas = told["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    named = {part.split('"')[0] for part in json.dumps(told).split("#/components/schemas/")[1:]}
    assert named <= schemas.keys()
    assert told["openapi"].startswith("3.1")


def test_every_operation_has_a_name_of_its_own_and_says_who_is_refused(kinds: RunKinds) -> None:
    told = [one for way in document(operations(kinds))["paths"].values() for one in way.values()]
    names = [one["operationId"] for one in told]
    assert len(set(names)) == len(names)
    for one in told:
        assert {"401", "429", "503"} <= one["responses"].keys()
