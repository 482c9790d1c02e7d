# SPDX-License-Identifier: AGPL-3.0-or-later
"""The verifier of proofs: good ones hold, each forgery is refused by the rule that it breaks."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.evidence.log_policy import LogPolicy, parse_log_policy
from inspector.evidence.note import parse_vkey
from inspector.evidence.verify.policy import Policy
from inspector.evidence.verify.proof import ProofCheck, ProofPolicy, looks_like_proof, verify_proof
from tests.assets.attacks.witnesses import ALL, NAMESAKES, cosigned, log_policy
from tests.proof_forgeries import FORGERIES, HASHES, STAMPED, forgery_table
from tests.proof_forging import (
    Forgery,
    Proofs,
    asks_for_stamps,
    build_proofs,
    canonical,
    carrying,
    merkle_root,
    reject_in_the_good_lane,
    stamped,
    without,
)
from tests.proof_station import ODD_SERIAL, SERIAL, TWICE
from tests.unit.evidence_station import LOG_KEY, ORIGIN


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Proofs:
    folder: Path = tmp_path_factory.mktemp("proofs")
    return build_proofs(folder)


def check(proofs: Proofs, text: str, **typed: str) -> ProofCheck:
    """As the reader who has the station's key and the log's key, if nothing else was typed."""
    return verify_proof(text.encode("utf-8", "surrogatepass"), proofs.policy(typed))


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
    assert "receipts of ledgers of other kinds were not checked" in report.not_checked


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


@pytest.mark.parametrize("forgery", STAMPED, ids=lambda forgery: forgery.name)
def test_forged_time_stamps_are_refused(proofs: Proofs, forgery: Forgery) -> None:
    policy = proofs.policy({**forgery.policy, "log": ""}, asks_for_stamps())
    report = verify_proof(forgery.make(proofs).encode(), policy).report
    assert report.exit_code == (1 if forgery.unchecked else 2), report.findings
    assert set(forgery.rules) <= {finding.rule for finding in report.findings}, report.findings


def test_a_time_stamp_says_when_the_seal_was_there(proofs: Proofs) -> None:
    text = stamped()(proofs).encode()
    report = verify_proof(text, proofs.policy({"log": ""}, asks_for_stamps())).report
    assert (report.exit_code, report.findings, report.checked["time stamps"]) == (0, [], 1)
    assert any("time stamp of an authority that you trust" in words for words in report.statements)
    report = verify_proof(text, proofs.policy({"log": ""})).report
    assert report.exit_code == 0
    assert "1 time stamps: whose they are, since you gave no tsa_roots" in report.not_checked


def test_what_a_revoked_key_sealed_is_good_where_the_log_had_it_before(proofs: Proofs) -> None:
    for text, typed in (
        (canonical(proofs.part), {"statements": "station 1"}),
        (carrying("part", "station 1", "station certified")(proofs), {}),
        (canonical(proofs.handed_over), {"key": "rotated", "statements": "rotated 2"}),
        (carrying("part", "station certified")(proofs), {"key": ""}),
    ):
        report = check(proofs, text, root="plant", **typed).report
        assert (report.exit_code, report.findings) == (0, [])
        assert any(words.startswith("the plant root ") for words in report.statements)
        assert "whether the plant root has said more than what is in the proof and what you gave" in report.not_checked


def test_a_rotation_that_trust_does_not_stand_on_may_be_by_a_revoked_key(proofs: Proofs) -> None:
    """Who knows the new key from elsewhere needs no word of the old one; of its own seals it does."""
    new = proofs.rotated.next_key
    assert new is not None
    document = copy.deepcopy(proofs.handed_over)
    document["shifts"] = document["shifts"][1:]
    text = canonical(document)
    typed = {"root": "plant", "statements": "rotated 1"}
    assert check(proofs, text, key=new.public_key.hex(), **typed).report.exit_code == 0
    assert check(proofs, text, key="rotated", **typed).report.exit_code == 2


def test_without_a_plant_root_nothing_is_said_of_revocations(proofs: Proofs) -> None:
    report = check(proofs, carrying("part", "station 0")(proofs)).report
    assert report.exit_code == 0
    assert "there are statements of a plant root here; without its key they count for nothing" in report.not_checked
    assert "whether a plant root has revoked a key of the station: you gave no key of one" in report.not_checked


def test_a_policy_asks_of_a_proof_what_a_proof_can_answer(proofs: Proofs) -> None:
    text, seal = canonical(proofs.part).encode(), hashlib.sha256(proofs.part["shifts"][0]["seal"].encode()).hexdigest()
    for policy, code, rules in (
        (Policy(station="demo", require=("log",), latest=(1, seal), bypass_authorities=(bytes(32),)), 0, set()),
        (Policy(release_authorities=(bytes(32),)), 0, set()),
        (Policy(latest=(3, seal)), 0, set()),
        (Policy(station="line-9"), 2, {"POLICY-02"}),
        (Policy(latest=(1, "0" * 64)), 2, {"POLICY-02"}),
        (Policy(require=("rfc3161", "evm", "witness")), 1, {"POLICY-01"}),
        (Policy(logs=(witnessed(),), require=("witness",)), 1, {"POLICY-01"}),
    ):
        report = verify_proof(text, proofs.policy({"log": ""} if policy.logs else {}, policy)).report
        assert (report.exit_code, {finding.rule for finding in report.findings}) == (code, rules)


def witnessed() -> LogPolicy:
    """The station's log, of which two of three witnesses have to be asked."""
    return parse_log_policy(log_policy(ORIGIN, LOG_KEY, *ALL).encode())


def test_cosignatures_in_a_proof_count_for_who_names_the_witnesses(proofs: Proofs) -> None:
    document = copy.deepcopy(proofs.part)
    shift = document["shifts"][0]
    first = json.loads(shift["seal"])["t_us"] // 1_000_000
    head, _, checkpoint = shift["receipts"][0].partition("\n\n")
    policy = Policy(logs=(witnessed(),), require=("log", "witness"), cosigned_within_s=60)
    for who, after_s, code, rules in (
        (ALL, 5, 0, set()),
        (ALL[:1], 5, 1, {"POLICY-01"}),
        (ALL, 500, 1, {"LEDGER-10"}),
        (NAMESAKES, 5, 1, {"POLICY-01"}),
    ):
        shift["receipts"] = [f"{head}\n\n{cosigned(checkpoint, who, first + after_s)}"]
        report = verify_proof(canonical(document).encode(), proofs.policy({"log": ""}, policy)).report
        assert (report.exit_code, {finding.rule for finding in report.findings}) == (code, rules)
        assert any("no independent witness" in words for words in report.not_checked) is (rules == {"POLICY-01"})
    bad = shift["receipts"][0].replace("plant.example.com/witness ", "plant.example.com/witness  ")
    shift["receipts"] = [bad]
    assert verify_proof(canonical(document).encode(), proofs.policy({"log": ""}, policy)).report.exit_code == 2


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
    assert forgery_table(STAMPED) in page, "docs/threat-model.md: paste forgery_table(STAMPED) again"
