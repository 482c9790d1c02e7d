# SPDX-License-Identifier: AGPL-3.0-or-later
"""The verifier of proofs: good ones hold, each forgery is refused by the rule that it breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.evidence.note import parse_vkey
from inspector.evidence.verify.proof import ProofCheck, ProofPolicy, looks_like_proof, verify_proof
from tests.proof_forgeries import FORGERIES, HASHES, forgery_table
from tests.proof_forging import Forgery, Proofs, build_proofs, canonical, merkle_root, reject_in_the_good_lane, without
from tests.proof_station import ODD_SERIAL, SERIAL, TWICE


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Proofs:
    folder: Path = tmp_path_factory.mktemp("proofs")
    return build_proofs(folder)


def check(proofs: Proofs, text: str, **typed: str) -> ProofCheck:
    """As the reader who has the station's key and the log's key, if nothing else was typed."""
    log = typed.get("log", proofs.station.log_vkey)
    policy = ProofPolicy(
        bytes.fromhex(proofs.key_typed(typed)),
        bytes.fromhex(log) if len(log) == 64 else parse_vkey(log),
        typed.get("serial"),
        typed.get("lot"),
    )
    return verify_proof(text.encode("utf-8", "surrogatepass"), policy)


def good(proofs: Proofs) -> Iterator[str]:
    for document in (proofs.part, proofs.twice, proofs.lot):
        yield canonical(document)


def test_good_proofs_hold(proofs: Proofs) -> None:
    for text in good(proofs):
        for ending in ("", "\n", "\r\n"):
            report = check(proofs, text + ending).report
            assert (report.exit_code, report.findings) == (0, [])
        by_fingerprint = check(proofs, text, key=proofs.station.fingerprint, log=proofs.station.log_fingerprint)
        assert by_fingerprint.report.exit_code == 0


def test_a_key_from_before_or_after_a_rotation(proofs: Proofs) -> None:
    text = canonical(proofs.handed_over)
    first, second = proofs.rotated.key.public_key, proofs.rotated.next_key
    assert second is not None
    assert check(proofs, text, key=first.hex()).report.exit_code == 0
    later = check(proofs, text, key=second.public_key.hex()).report
    assert later.exit_code == 0
    earlier_keys = "shifts before 2 are signed by earlier keys, for which only the one that you gave vouches"
    assert [line for line in later.not_checked if line.startswith(earlier_keys)]


def test_roots_by_the_algorithm_of_the_page(proofs: Proofs) -> None:
    for document in (proofs.part, proofs.twice, proofs.lot):
        for shift in document["shifts"]:
            assert merkle_root(shift) == json.loads(shift["seal"])["root"]
    assert len(proofs.part["shifts"][0]["hashes"]) == HASHES


def test_what_a_proof_says(proofs: Proofs) -> None:
    content = check(proofs, canonical(proofs.part), serial=SERIAL).content
    assert content is not None
    (one,) = content.parts
    assert (one.part.fields["verdict"], one.outcome and one.outcome.fields["commanded"]) == ("PASS", "accept")
    assert one.opened.fields["lot"] == "L-42"
    assert [(anchor.index, anchor.trusted) for anchor in content.shifts[0].anchors] == [(0, True)]
    assert content.simulated
    twice = check(proofs, canonical(proofs.twice), serial=TWICE).content
    assert twice is not None
    assert [part.part.fields["verdict"] for part in twice.parts] == ["FAIL", "PASS"]
    lot = check(proofs, canonical(proofs.lot), lot="L-42").content
    assert lot is not None
    assert ODD_SERIAL in {part.part.fields["serial"]["text"] for part in lot.parts if part.part.fields["serial"]}  # type: ignore[index]


def test_without_a_key_of_the_reader_nothing_is_valid(proofs: Proofs) -> None:
    for text in good(proofs):
        report = verify_proof(text.encode()).report
        assert (report.exit_code, [finding.rule for finding in report.findings]) == (1, ["KEY-01"])


def test_without_a_log_key_the_answer_says_so(proofs: Proofs) -> None:
    report = verify_proof(canonical(proofs.part).encode(), ProofPolicy(proofs.station.key.public_key)).report
    assert report.exit_code == 0
    assert "the log's key was taken from the proof itself, not from you" in report.not_checked


def test_a_receipt_of_an_unknown_kind_is_told(proofs: Proofs) -> None:
    document = {**proofs.part, "shifts": [{**proofs.part["shifts"][0], "receipts": ["a stamp of something else"]}]}
    policy = ProofPolicy(proofs.station.key.public_key)
    report = verify_proof(canonical(document).encode(), policy).report
    assert report.exit_code == 0
    assert "receipts of other ledgers than a transparency log were not checked" in report.not_checked


def test_an_outcome_that_is_not_there_is_told(proofs: Proofs) -> None:
    report = check(proofs, without("outcome", proofs, proofs.part)).report
    assert (report.exit_code, [finding.rule for finding in report.findings]) == (0, ["PART-05"])


def test_a_reject_in_the_good_lane_is_told(proofs: Proofs) -> None:
    report = check(proofs, reject_in_the_good_lane(proofs)).report
    assert (report.exit_code, [finding.rule for finding in report.findings]) == (0, ["PART-06"])


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_forgeries_are_refused(proofs: Proofs, forgery: Forgery) -> None:
    report = check(proofs, forgery.make(proofs), **forgery.policy).report
    assert report.exit_code == (1 if forgery.unchecked else 2), report.findings
    assert set(forgery.rules) & {finding.rule for finding in report.findings}, report.findings


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_byte_goes_unnoticed(proofs: Proofs, data: st.DataObject) -> None:
    text = bytearray(canonical(proofs.part).encode())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= data.draw(st.integers(1, 255))
    policy = ProofPolicy(proofs.station.key.public_key, parse_vkey(proofs.station.log_vkey))
    assert verify_proof(bytes(text), policy).report.exit_code != 0


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_anything_gets_an_answer_and_no_exception(proofs: Proofs, data: st.DataObject) -> None:
    """Any bytes, and a good proof with any value anywhere."""
    if data.draw(st.booleans()):
        report = verify_proof(data.draw(st.binary(max_size=60))).report
    else:
        document = json.loads(canonical(proofs.lot))
        spot: dict[str, object] = data.draw(st.sampled_from([document, document["of"], *document["shifts"]]))
        spot[data.draw(st.sampled_from(sorted(spot)))] = data.draw(_JSON)
        report = verify_proof(canonical(document).encode("utf-8", "surrogatepass")).report
    assert report.exit_code in (1, 2)


def test_a_proof_is_told_from_other_files() -> None:
    assert looks_like_proof(b'{"log_keys"')
    assert not looks_like_proof(b"PK\x03\x04")


def test_the_threat_model_lists_the_forgeries() -> None:
    page = (Path(__file__).parents[3] / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert forgery_table() in page, "docs/threat-model.md: paste forgery_table() again"
