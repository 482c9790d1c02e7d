# SPDX-License-Identifier: AGPL-3.0-or-later
"""The verifier in one file: refuses each attack by its rule, accepts what is honest, and never breaks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.auditor import verify_bundle
from inspector.evidence.verify import schema as verify_schema
from tests.assets.attacks.bundle import Member, zip_of
from tests.assets.attacks.outsider import only
from tests.assets.attacks.table import ATTACKS, Attack, honest

SOURCE = Path(verify_bundle.__file__)
HONEST = ("honest", "honest-one-shift", "honest-first-shift")
HONEST += ("honest-erased", "honest-hold-ended", "honest-erased-later")
HONEST += ("honest-released", "honest-witnessed", "honest-in-both-logs", "honest-before-the-revocation")
WARNINGS = {"IMAGE-07", "PART-05", "PART-06", "SEAL-08", "TIME-01", "TIME-02"}
"""Rules that only warn: an honest station can break them."""
BY_HAND = {"LEDGER-07", "POLICY-01"}
"""Rules by which it says that time stamps are not checked."""


def answer_on(kit: Path, name: str) -> dict[str, Any]:
    return verify_bundle.verify(str(kit / f"{name}.zip"), str(kit / f"{name}.toml"))


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_is_accepted(kit: Path, name: str) -> None:
    answer = answer_on(kit, name)
    assert (answer["verdict"], answer["lines"]) == ("VERIFIED", [])
    assert answer["checked"]["records"] > 5


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_each_attack_is_refused_by_its_rule(kit: Path, attack: Attack) -> None:
    answer = answer_on(kit, attack.name)
    if not attack.in_one_file:
        assert (answer["exit_code"], answer["verdict"]) == (1, "COULD NOT CHECK")
        assert {(f["rule"], f["place"]) for f in answer["findings"]} <= {(rule, "policy") for rule in BY_HAND}
        assert verify_bundle.BY_HAND in answer["not_checked"] or attack.rule == "POLICY-01"
        return
    assert answer["exit_code"] == attack.exit_code, answer["lines"]
    severity = ("", "COULD NOT CHECK", "TAMPERED")[attack.exit_code]
    found = {(f["rule"], f["place"]) for f in answer["findings"] if f["severity"] == severity}
    assert any(rule == attack.rule and attack.place in ("", place) for rule, place in found), answer["lines"]


def rules_of(source: Path) -> set[str]:
    return set(re.findall(r'"([A-Z]+-\d\d)"', source.read_text(encoding="utf-8")))


@pytest.mark.parametrize("rule", sorted(rules_of(SOURCE) - WARNINGS))
def test_without_a_rule_an_attack_gets_through(kit: Path, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule is there for show: with it removed, at least one bundle is accepted that should not be."""
    must, need = verify_bundle.Report.must, verify_bundle.need

    def must_but(self: verify_bundle.Report, good: object, of: str, *rest: Any, **more: Any) -> bool:
        return must(self, good or of == rule, of, *rest, **more)

    monkeypatch.setattr(verify_bundle.Report, "must", must_but)
    monkeypatch.setattr(verify_bundle, "need", lambda good, of, message: need(good or of == rule, of, message))

    def gets_through(name: str) -> bool:
        try:
            return bool(answer_on(kit, name)["exit_code"] == 0)
        except LookupError:  # without the rule it breaks on what the rule keeps out
            return False

    names = [attack.name for attack in ATTACKS if attack.rule == rule]
    assert any(map(gets_through, names)), names


def test_it_knows_the_rules_and_the_fields_of_this_version() -> None:
    folder = SOURCE.parents[1] / "evidence" / "verify"
    everything = set().union(*(rules_of(path) for path in folder.glob("*.py")))
    apart = {rule for rule in everything if rule.partition("-")[0] in ("STORE", "PERSON", "PROOF", "EVM")}
    apart |= {"CHAIN-02", "LEDGER-02", "LEDGER-03", "LEDGER-04", "LEDGER-06"}  # tables, the log's own folder, proofs
    apart |= {"LEDGER-08"}  # times of time stamps, which it cannot read
    assert everything - apart <= rules_of(SOURCE)
    assert set(verify_bundle.RECORDS) == set(verify_schema.RECORDS)
    for kind, shape in verify_schema.RECORDS.items():
        fields = {field.split(":")[0].lstrip("~") for field in verify_bundle.OBJECTS[kind].split()}
        assert fields == set(shape), kind


def test_it_imports_nothing_but_the_standard_library_and_cryptography() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    roots = {str(name).partition(".")[0] for name in named}
    assert roots - set(sys.stdlib_module_names) == {"cryptography"}


def test_the_command_line(kit: Path, tmp_path: Path) -> None:
    """As an auditor runs it: a copy of the file in an empty folder."""
    script = tmp_path / "verify_bundle.py"
    script.write_bytes(SOURCE.read_bytes())
    page = tmp_path / "report.html"

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(script), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    good = run(kit / "honest.zip", "--policy", kit / "honest.toml", "--html", page)
    assert (good.returncode, good.stderr) == (0, "")
    assert "VERIFIED: " in good.stdout
    assert "not checked: no independent witness" in good.stdout
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/png;base64,") == 4
    bad = run(kit / "edited-verdict.zip", "--policy", kit / "honest.toml", "--json", "--html", page)
    assert bad.returncode == 2
    assert json.loads(bad.stdout)["first"].startswith("TAMPERED record 12, rule ")
    assert "<h1 style='background:#b3261e'>TAMPERED</h1>" in page.read_text(encoding="utf-8")
    assert run(tmp_path / "absent.zip").returncode == 1
    assert run(script).returncode == 1
    assert run(kit / "honest.zip", "--policy", script).returncode == 1
    (tmp_path / "odd.toml").write_text('station_key = "abc"\n', encoding="utf-8")
    assert "station_key is unknown or malformed" in run(kit / "honest.zip", "--policy", tmp_path / "odd.toml").stdout


def test_time_stamps_are_said_to_be_unchecked(kit: Path) -> None:
    answer = answer_on(kit, "honest-stamped")
    assert {(f["severity"], f["rule"]) for f in answer["findings"]} == {
        ("COULD NOT CHECK", rule) for rule in ("LEDGER-07", "POLICY-01")
    }
    answer = verify_bundle.verify(str(kit / "honest-stamped.zip"), str(kit / "honest.toml"))
    assert answer["exit_code"] == 0
    assert verify_bundle.BY_HAND in answer["not_checked"]


def test_entries_in_a_contract_are_said_to_be_unchecked(tmp_path: Path) -> None:
    pieces, path, policy = only(1), tmp_path / "evm.zip", tmp_path / "policy.toml"
    receipt = {**pieces.receipts[0], "proof": '{"chain_id":1337}'}
    pieces.receipts[0] = {**receipt, "ledger": {"kind": "evm", "origin": receipt["ledger"]["origin"]}}
    path.write_bytes(pieces.zip())
    policy.write_text('require = ["evm"]\nevm = { chain_id = 1337, contract = "0x' + "ab" * 20 + '" }\n')
    for known, code in ((None, 0), (str(policy), 1)):
        answer = verify_bundle.verify(str(path), known)
        assert answer["exit_code"] == code, answer["lines"]
        assert verify_bundle.BY_NODE in answer["not_checked"]
        assert "--evm-node" in verify_bundle.BY_NODE
        assert [(f["rule"], f["place"]) for f in answer["findings"]] == [("POLICY-01", "policy")] * code


def test_pictures_that_are_left_out_are_said_to_be(kit: Path) -> None:
    answer = verify_bundle.verify(str(kit / "honest.zip"), None, with_images=False)
    assert answer["exit_code"] == 0
    assert "images were not read" in answer["not_checked"]


def test_a_damaged_byte_anywhere_is_found(tmp_path: Path) -> None:
    whole, path = honest().zip(), tmp_path / "bundle.zip"
    for at in range(0, len(whole), 101):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        answer = verify_bundle.verify(str(path))
        assert answer["exit_code"] == (1 if at < 2 else 2), at


def accepted_or_refused(data: bytes, path: Path) -> dict[str, Any]:
    path.write_bytes(data)
    answer = verify_bundle.verify(str(path))
    assert answer["exit_code"] in (0, 1, 2)
    return answer


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MEMBERS = honest().members()


@quick
@given(st.binary(max_size=400))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    assert accepted_or_refused(data, tmp_path / "x.zip")["exit_code"] != 0
    assert accepted_or_refused(b"PK\3\4" + data, tmp_path / "x.zip")["exit_code"] == 2


@quick
@given(st.integers(0, 6), st.integers(0, 30_000), st.binary(max_size=8), st.integers(0, 8))
def test_any_change_inside_a_member(tmp_path: Path, which: int, at: int, new: bytes, gone: int) -> None:
    """The zip file is in order again after each change, so that the content has to show it."""
    members = [Member(*given) for given in MEMBERS]
    data = members[which].data
    at %= len(data) + 1
    members[which].data = data[:at] + new + data[at + gone :]
    answer = accepted_or_refused(zip_of(members), tmp_path / "x.zip")
    same = members[which].data.strip() == data.strip()
    assert same or answer["exit_code"] != 0, answer["lines"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@quick
@given(st.data())
def test_any_value_in_a_record(tmp_path: Path, data: st.DataObject) -> None:
    pieces = honest()
    at = data.draw(st.integers(0, len(pieces.records) - 1))
    record = json.loads(pieces.records[at])
    record[data.draw(st.sampled_from(sorted(record)))] = data.draw(JSON)
    pieces.records[at] = json.dumps(record, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")
    changed = pieces.records[at] != honest().records[at]
    answer = accepted_or_refused(pieces.zip(), tmp_path / "x.zip")
    assert answer["exit_code"] == 2 or not changed or at + 1 > 44, answer["lines"]


def sizes(spec: str) -> Callable[[object], bool]:
    return verify_bundle.type_test(spec)


@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        ("n", [0, 2**53 - 1], [-1, 2**53, True, 1.0, "1", None]),
        ("n1", [1], [0]),
        ("int", [-(2**53) + 1], [-(2**53)]),
        ("bool", [True, False], [0, 1, None]),
        ("hash", ["0" * 64], ["0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", 0]),
        ("label", ["", "x" * 200, "a\nb"], ["x" * 201, None]),
        ("name", ["x"], ["", "x" * 101]),
        ("verdict", ["PASS"], ["pass", "PASS ", ""]),
        ("hash?", [None, "0" * 64], ["", 0]),
        ("box", [[0, 0, 1, -5]], [[0, 0, 1], [0, 0, 1, 2**31 + 1], "0011", [0, 0, 1, True]]),
        ("tag*2", [[], ["a", "b"]], [["a", "b", "c"], [""], {}]),
        ("packages", [{}, {"numpy": "2"}], [{"numpy": 2}, [], {str(n): "" for n in range(201)}]),
        ("Serial", [{"text": "", "source": ""}], [{"text": ""}, {"text": "", "source": "", "more": ""}, []]),
    ],
)
def test_types(spec: str, good: list[object], bad: list[object]) -> None:
    assert all(map(sizes(spec), good))
    assert not any(map(sizes(spec), bad))
