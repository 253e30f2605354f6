"""Every metric is explained, every alert has its page, and neither speaks of what is not there."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from tests.databases import REPOSITORY, TestDatabase
from tests.doors import knock
from tests.stage import set_stage

_EXPOSED = {"counter": "_total", "info": "_info"}


def read(path: str) -> str:
    return (REPOSITORY / path).read_text(encoding="utf-8")


def names_in(registry: CollectorRegistry) -> set[str]:
    return {family.name + _EXPOSED.get(family.type, "") for family in registry.collect()}


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(read("deploy/alerts.yml"))["groups"][0]["rules"]
    return found


def documented() -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", read("docs/metrics.md"), re.MULTILINE))


async def test_every_metric_is_explained_and_every_explanation_has_its_metric(
    database: TestDatabase,
) -> None:
    async with set_stage(database, metrics_token=SecretStr("t" * 16)) as stage:
        # Before the clock has fired there is no age of its last slot.
        await stage.until_row("SELECT count(*) FROM cron_slots WHERE name = 'sweep'")
        bearer = {"Authorization": f"Bearer {'t' * 16}"}
        page = await knock(f"{stage.base_url}/metrics", headers=bearer, method="GET")
        assert page.status == 200
        found = names_in(stage.services.store.watch.metrics.registry)
    missing = {name for name in documented() - found if not name.startswith("process_")}
    assert (found - documented(), missing) == (set(), set())


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    alerts = [rule["alert"] for rule in rules()]
    part = read("docs/runbook.md").split("## Alerts\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (\w+)$", part, re.MULTILINE) == alerts
    for word in ("You see", "It means", "Do", "It is over"):
        assert part.count(f"**{word}**") == len(alerts), word


def test_alerts_speak_of_metrics_that_exist() -> None:
    known = documented()
    for rule in rules():
        for name in re.findall(r"\bhunch_\w+", rule["expr"]):
            plain = re.sub(r"_(bucket|count|sum)$", "", name)
            assert plain in known, (rule["alert"], name)


def test_every_alert_says_how_bad_it_is_and_where_to_read_on() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"


def test_the_examples_for_collectors_can_be_read() -> None:
    page = read("docs/metrics.md")
    yamls = [yaml.safe_load(part) for part in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    [vector] = [tomllib.loads(part) for part in re.findall(r"```toml\n(.*?)```", page, re.DOTALL)]
    prometheus, collector = yamls
    assert prometheus["rule_files"] == ["alerts.yml"]
    pipeline = collector["service"]["pipelines"]["metrics"]
    assert pipeline["receivers"] == list(collector["receivers"])
    assert pipeline["exporters"] == list(collector["exporters"])
    assert vector["sinks"]["statsd"]["inputs"] == list(vector["sources"])
