"""Schemathesis asks the API whatever its own document allows, and whatever it does not.

Each answer is held against the document: its status, its media type, its schema. Nothing may end
in a 500, what fits must not be refused as a misfit, and nothing is told without a token.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema

from bot.use_cases import api_tokens
from handlers.operators import operations
from handlers.operators.documents import document
from jobs import registry
from tests.integration.operators.support import ended, started
from tests.operators import Api, Show

_HOW = {
    "seed": 20261120,
    "max-failures": 20,
    "generation": {"max-examples": 3, "deterministic": True, "no-shrink": True},
    "phases": {
        "examples": {"enabled": True},
        "coverage": {"enabled": True},
        "fuzzing": {"enabled": True},
        "stateful": {"enabled": False},
    },
    "checks": {
        # The token goes with every request; whether one is needed is asked by `ignored_auth`.
        "missing_required_header": {"enabled": False},
        # Most requests are about runs that there are not, and many a run cannot be retried.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409"]},
    },
}


_NAMES = count()


@schemathesis.hook("before_call")
def name_anew(_: Any, case: Any, __: Any) -> None:
    """A key that fits is new each time: else another request would have had it before."""
    if re.fullmatch(r"[!-~]{1,200}", str((case.headers or {}).get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = f"key-{next(_NAMES)}"


def fuzz(url: str, token: str) -> tuple[int, list[str]]:
    """How many requests were sent, and what was wrong with the answers."""
    config = SchemathesisConfig.from_dict(
        {**_HOW, "base-url": url, "headers": {"Authorization": f"Bearer {token}"}}
    )
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json", config=config)
    sent, wrong = 0, []
    for event in from_schema(schema).execute():
        recorder: Any = getattr(event, "recorder", None)
        if type(event).__name__ == "ScenarioFinished":
            sent += len(recorder.interactions)
            wrong += [
                f"{check.name}: {check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                for checks in recorder.checks.values()
                for check in checks
                if check.failure_info is not None
            ]
        if type(event).__name__ in ("NonFatalError", "FatalError"):
            wrong.append(str(getattr(event, "value", None) or getattr(event, "exception", event)))
    return sent, wrong


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
async def test_it_answers_as_its_document_says_whatever_is_asked(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_tokens, "PACE", timedelta(microseconds=1))
    await ended(api, await started(api))
    sent, wrong = await asyncio.to_thread(fuzz, api.url, api.token)

    assert wrong == [], "\n\n".join(wrong)
    assert sent > 250, sent


def test_the_document_shows_the_parameters_that_each_kind_takes() -> None:
    told = document(operations(registry.run_kinds(Show().pipelines())))
    count = told["components"]["schemas"]["Start_test_count"]
    assert count["properties"]["kind"] == {"const": "test.count", "title": "Kind", "type": "string"}
    params = told["components"]["schemas"]["Count"]["properties"]
    assert params["total"]["maximum"] == 1000
