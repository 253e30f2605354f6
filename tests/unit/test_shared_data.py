from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared_data import shared


def test_what_is_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert shared("data", root=tmp_path) == tmp_path / "data"


@pytest.mark.parametrize("ci", [None, "", "false", "0"])
def test_elsewhere_a_test_without_its_data_is_skipped_with_the_reason(
    ci: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.skip.Exception, match=r"needs \.\./shared/data/absent"):
        shared("data/absent", root=tmp_path)


@pytest.mark.parametrize("ci", ["true", "True", "1", "yes"])
def test_in_ci_a_test_without_its_data_fails(
    ci: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.fail.Exception, match="needs"):
        shared("data/absent", root=tmp_path)
