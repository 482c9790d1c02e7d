# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases in a bundle: what an auditor is told of them, what is missing, and that both verifiers say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inspector.auditor import verify_bundle as one_file
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.policy import parse_policy
from inspector.evidence.verify.report import VerificationReport
from tests.assets.attacks import releases
from tests.assets.attacks.build import policy_text
from tests.assets.attacks.history import History
from tests.assets.attacks.releases import Release, released
from tests.assets.attacks.table import POLICY, changed


def both(data: bytes, folder: Path, known: dict[str, Any]) -> tuple[dict[str, Any], VerificationReport]:
    """What the two verifiers say of a bundle; they have to agree on the answer."""
    bundle, policy = folder / "bundle.zip", folder / "policy.toml"
    bundle.write_bytes(data)
    policy.write_text(policy_text(known), encoding="utf-8")
    theirs = one_file.verify(str(bundle), str(policy))
    ours = verify_bundle(bundle, policy=parse_policy(policy.read_bytes()))
    assert theirs["exit_code"] == ours.exit_code, (theirs["lines"], ours.findings)
    return theirs, ours


def test_an_auditor_is_told_who_let_the_model_through(tmp_path: Path) -> None:
    theirs, ours = both(releases.honest(), tmp_path, releases.KNOWS)
    assert ours.exit_code == 0
    (told,) = [sentence for sentence in ours.statements if sentence.startswith("release ")]
    for words in (
        "shift 2, once more since, and in force at the end: product main",
        "proposed by Anna (fewer false rejects)",
        "approved by Ben",
        "Carl",
    ):
        assert words in told
    assert releases.sha(releases.REPORT) in told
    assert any("by Anna (fewer" in one and "by Ben (" in one and "Carl" in one for one in theirs["statements"])
    assert ours.checked["releases put in force"] == theirs["checked"]["releases put in force"] == 2
    unsaid = "the keys that propose and approve releases were taken from the records, not from you"
    assert unsaid not in {*ours.not_checked, *theirs["not_checked"]}
    theirs, ours = both(releases.honest(), tmp_path, POLICY)
    assert unsaid in {*ours.not_checked} & {*theirs["not_checked"]}


@pytest.mark.parametrize(("absent", "code"), [("document", 1), ("proposal", 1), ("approval", 1), ("report", 0)])
def test_a_document_that_is_missing_is_told(absent: str, code: int, tmp_path: Path) -> None:
    theirs, ours = both(released(absent=frozenset({absent})), tmp_path, POLICY)
    assert ours.exit_code == code
    assert [(one.rule, one.severity.value) for one in ours.findings] == [("CHANGE-03", "COULD NOT CHECK")] * code
    assert [(one["rule"], one["severity"]) for one in theirs["findings"]] == [("CHANGE-03", "COULD NOT CHECK")] * code
    missing = [line for line in theirs["not_checked"] if line.startswith("documents that records name are not here")]
    assert any("of a release" in line for line in missing)
    assert code == 1 or any("report of a release" in line for line in ours.not_checked)


@pytest.mark.parametrize("absent", ["document", "proposal"])
def test_what_is_there_is_checked_where_the_rest_is_missing(absent: str, tmp_path: Path) -> None:
    lie = released(absent=frozenset({absent}), approval={"by": "Carl"})
    assert both(lie, tmp_path, POLICY)[1].exit_code == 2


def test_each_record_that_names_a_bad_release_is_told(tmp_path: Path) -> None:
    """A station changes over to it day after day: its documents are read once, and found at each record."""

    def twice(history: History) -> None:
        release = Release(approval={"by": "Anna"})
        release.put_in_force(history)
        release.put_in_force(history)

    theirs, ours = both(changed(steps={"shift 2": twice}), tmp_path, POLICY)
    assert len({one.place for one in ours.findings if one.rule == "CHANGE-03"}) == 2
    assert len({one["place"] for one in theirs["findings"] if one["rule"] == "CHANGE-03"}) == 2


def test_a_release_that_was_taken_back_binds_nobody(tmp_path: Path) -> None:
    def back(history: History) -> None:
        Release().put_in_force(history)
        words = f"main: disc, version 1; recipe {releases.RECIPE}, model {releases.sha(b'files of the settings')}"
        fields = {"what": "recipe", "name": "in force", "old": None, "new": words, "by": None, "why": "worse"}
        history.record("change", **fields)
        releases.another_model(history)
        releases.works_with(history, model=history.document(b"files of the settings"))
        releases.another_model(history)
        releases.works_with(history)

    _, ours = both(changed(steps={"shift 2": back}), tmp_path, POLICY)
    assert ours.findings == []
    assert not any("in force at the end" in sentence for sentence in ours.statements)


NO_TRAINER = {"absent": frozenset({"proposal"}), "document": {"trainer": "half"}}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"document": {"gate": {"checks": []}}}, id="no rules"),
        pytest.param({"document": {"format": "inspector-release/2"}}, id="format"),
        pytest.param({"spelled": lambda data: b'{"loss":NaN,' + data[1:]}, id="NaN"),
        pytest.param({"spelled": lambda data: data + b" " * (1 << 20)}, id="length"),
        pytest.param({**NO_TRAINER, "spelled": lambda data: data.replace(b"half", b"\\ud800")}, id="half a character"),
        pytest.param({"proposal": {"time": "2026-02-30T14:00:00Z"}}, id="day"),
        pytest.param({"approval": {"reason": "better\u200b"}}, id="not printable"),
        pytest.param({"approval": {"by": "B" * 501}}, id="long name"),
        pytest.param({"approval": {"reason": "y" * 8_000}}, id="long note"),
    ],
)
def test_what_no_writer_makes_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    _, ours = both(released(**changes), tmp_path, POLICY)
    assert {one.rule for one in ours.findings if one.severity.value == "TAMPERED"} == {"CHANGE-03"}


def test_a_proposal_under_the_name_of_another_is_told(tmp_path: Path) -> None:
    """Anna has signed both, and Ben has seen one: the bytes decide, not where they lie."""

    def exchange(history: History) -> None:
        Release().put_in_force(history)
        name, note = next(one for one in history.files.items() if one[1].startswith(b"inspector/release-proposal"))
        lines = dict(line.split(" ", 1) for line in note.decode().split("\n\n")[0].split("\n")[1:])
        history.files[name] = releases.signed("proposal", lines | {"reason": "another"}, releases.ANNA)

    theirs, ours = both(changed(steps={"shift 2": exchange}), tmp_path, POLICY)
    assert {one.rule for one in ours.findings} == {one["rule"] for one in theirs["findings"]} == {"DOC-01", "CHANGE-03"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["format", "product", "recipe", "model", "trainer", "files", "gate", "why"])
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(FIELDS, JSON)
@example("trainer", "\ud800")
@example("gate", {"checks": {"passed": True}})
@example("files", [])
def test_any_value_in_release_json(tmp_path: Path, field: str, value: object) -> None:
    same = []

    def exchange(data: bytes) -> bytes:
        made = json.loads(data)
        same.append(made.get(field, value) == value)  # also where nothing is believed, as of `why`
        return json.dumps({**made, field: value}).encode("utf-8")

    _, ours = both(released(spelled=exchange), tmp_path, POLICY)
    assert ours.exit_code == (0 if same == [True] else 2)


@quick
@given(st.sampled_from(["spelled", "proposed", "approved"]), st.binary(max_size=60), st.integers(0, 400))
@example("spelled", b"[" * 100_000, -1)
@example("spelled", b" " * (1 << 20), 0)
@example("proposed", b"x" * 8_000, 0)
def test_any_bytes_in_a_document(tmp_path: Path, which: str, new: bytes, at: int) -> None:
    """Put into it, or alone in its place."""

    def exchange(data: bytes) -> bytes:
        return new if at < 0 else data[:at] + new + data[at:]

    changes: dict[str, Any] = {which: exchange}
    _, ours = both(released(**changes), tmp_path, POLICY)
    assert ours.exit_code == 2 or which == "spelled" or not new.strip()
