# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules of the gate are read strictly, and their default file says what holds without one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ConfigError
from tests.dataset_samples import told
from training.release.rules import MAX_BYTES, GateRules, default_rules, parse_rules, read_rules

FORMAT = b'format = "inspector-gate/1"\n'


def test_the_default_file_says_the_defaults_of_every_rule() -> None:
    assert default_rules().rules == GateRules(format="inspector-gate/1")
    said = tomllib.loads(default_rules().data.decode())
    for table, model in GateRules.model_fields.items():
        inner = getattr(model.annotation, "model_fields", None)
        missing = set() if inner is None else set(inner) - set(said[table])
        assert missing <= {"classes", "max_p99_ms"}, table
        assert all(name in default_rules().data.decode() for name in missing)


def test_the_command_writes_it_and_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gate.toml"
    code, said = told(capsys, "release", "rules", "--out", path, "--count-by", "picture")
    assert code == 0
    assert read_rules(path).rules == GateRules(format="inspector-gate/1", count_by="picture")
    assert read_rules(path).digest == said["sha256"]
    assert told(capsys, "release", "rules", "--out", path)[0] == 3
    assert told(capsys, "release", "rules", "--out", tmp_path / "none" / "gate.toml")[0] == 3


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'format = "inspector-gate/2"\n',
        FORMAT + b"max_upper = 0.05\n",
        FORMAT + b"[misses]\nmax_uper = 0.05\n",
        FORMAT + b"[misses]\nmax_upper = 0\n",
        FORMAT + b"[misses]\nmax_upper = 1.01\n",
        FORMAT + b"[misses]\nmax_upper = nan\n",
        FORMAT + b"[misses]\nmax_upper = true\n",
        FORMAT + b'[misses]\nmax_upper = "0.05"\n',
        FORMAT + b"[misses]\nmin_parts = -1\n",
        FORMAT + b"[misses]\nmin_parts = 1.5\n",
        FORMAT + b"[misses.classes.scratch]\nmax_misses = 1\n",
        FORMAT + b'[misses.classes.""]\nmax_upper = 0.1\n',
        FORMAT + b"[against]\nsignificance = 0\n",
        FORMAT + b"[against]\nsignificance = 1\n",
        FORMAT + b"[test_set]\nmax_uses = 0\n",
        FORMAT + b"[time]\nmax_p99_ms = 0\n",
        FORMAT + b"[time]\nmax_p99_ms = inf\n",
        FORMAT + b'count_by = "lot"\n',
        FORMAT + FORMAT,
        FORMAT + b"\xff",
        FORMAT + b"x = " + b"[" * 5000,
        FORMAT + b"#" * MAX_BYTES,
    ],
    ids=str,
)
def test_what_is_unknown_or_out_of_range_is_refused(text: bytes) -> None:
    with pytest.raises(ConfigError):
        parse_rules(text, "gate.toml")


def test_single_classes_have_limits_of_their_own() -> None:
    rules = parse_rules(FORMAT + b"[misses.each_class]\nmax_upper = 0.4\n[misses.classes.burr]\nmin_parts = 9\n", "g")
    assert rules.rules.misses.of("burr").min_parts == 9
    assert (rules.rules.misses.of("burr").max_upper, rules.rules.misses.of("dent").max_upper) == (0.5, 0.4)


@given(st.binary(max_size=200))
def test_any_bytes_are_rules_or_refused(data: bytes) -> None:
    for text in (data, FORMAT + data):
        try:
            assert parse_rules(text, "gate.toml").data == text
        except ConfigError:
            continue


_VALUES = st.one_of(st.integers(-5, 2_000_000), st.floats(), st.booleans(), st.text(max_size=5))
_TABLES = st.sampled_from(["misses", "misses.each_class", "misses.classes.a", "false_rejects", "against", "test_set"])
_KEYS = st.sampled_from(["max_upper", "min_parts", "max_new_misses", "significance", "max_uses", "other"])


@given(_TABLES, _KEYS, _VALUES)
def test_a_value_is_taken_as_it_stands_or_refused(table: str, key: str, value: Any) -> None:
    shown = str(value).lower() if isinstance(value, bool | float) else repr(value)
    try:
        text = f"[{table}]\n{key} = {shown}\n".encode()
        rules = parse_rules(FORMAT + text, "gate.toml").rules
    except (ConfigError, UnicodeEncodeError):
        return
    found: Any = rules.model_dump()
    for step in table.split("."):
        found = found[step]
    assert found[key] == value
    assert not isinstance(value, bool)


def test_the_page_for_quality_has_the_default_file() -> None:
    page = (Path(__file__).parents[3] / "docs" / "qa-engineer.md").read_text(encoding="utf-8")
    assert f"```toml\n{default_rules().data.decode()}```\n" in page
