# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts of logs with witnesses: what the auditor's policies make of them, in both verifiers."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.auditor import verify_bundle as single
from inspector.cli import main
from inspector.errors import EvidenceError, FormatInvalid
from inspector.evidence.log_policy import LogPolicy, parse_log_policy
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import NoteKey
from inspector.evidence.proof import verify_leaf_proof
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.policy import parse_policy
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.assets.attacks.build import policy_text
from tests.assets.attacks.witnesses import (
    ALL,
    AUDITOR,
    CUSTOMER,
    PLANT,
    SECOND,
    SECOND_KEY,
    SHARED,
    SHARED_KEY,
    SHARED_POLICY,
    STRANGERS,
    Cosigner,
    Log,
    cosigned,
    log_policy,
)
from tests.unit.evidence_samples import FIELDS, T0_US
from tests.unit.evidence_station import LOG_KEY, ORIGIN, building
from tests.unit.verify.bundling import bundle_of
from tests.unit.verify.changes import KEY, flip

OWN = NoteKey(ORIGIN, LOG_KEY.public_key)


def told(directory: Path, *receipts: tuple[Log, dict[Cosigner, int]]) -> Path:
    """A station with one sealed shift: its seal in its own log, and in these, cosigned so many seconds after T0."""
    with building(directory) as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        seal = builder.close_shift()
        for log, times_s in receipts:
            fields = log.receipt(seal.digest, seal.leaf, 0, ())
            text = fields["proof"].split("\n\n")[1] + "\n"
            for one, after_s in times_s.items():
                fields["proof"] += one.key.cosign(text, one.signer, T0_US // 1_000_000 + after_s)
            builder.append("receipt", fields)
    return directory


def answers(station: Path, policy: dict[str, Any], **options: Any) -> list[VerificationReport]:
    """Of the directory and the bundle of it; the verifier in one file says of the bundle what ours says."""
    known = parse_policy(policy_text({"station_key": KEY.hex(), **policy}).encode())
    bundle, file = bundle_of(station, station.parent / "bundle.zip"), station.parent / "policy.toml"
    file.write_text(policy_text({"station_key": KEY.hex(), **policy}), "utf-8")
    reports = [verify_station(station, policy=known, **options), verify_bundle(bundle, policy=known, **options)]
    answer = single.verify(str(bundle), str(file))
    if not options:
        found = {(one["rule"], one["severity"]) for one in answer["findings"]}
        assert found == {(one.rule, one.severity.value) for one in reports[1].findings}, answer["lines"]
        assert seen(answer["statements"]) == seen(reports[1].statements)
    return reports


def seen(statements: list[str]) -> list[str]:
    """What is said of witnesses."""
    return [text for text in statements if "witness" in text]


def findings(report: VerificationReport) -> set[tuple[str, str]]:
    return {(one.rule, one.place) for one in report.findings}


def test_the_answer_says_who_has_seen_it_and_when(tmp_path: Path) -> None:
    station = told(tmp_path / "station", (Log(), {PLANT: 30, AUDITOR: 20, STRANGERS[0]: 1}))
    for report in answers(station, {"logs": [SHARED_POLICY], "require": ["witness", "log"]}):
        assert (report.exit_code, report.findings) == (0, [])
        assert report.checked["cosignatures"] == 2
        (said,) = seen(report.statements)
        assert said == (
            "the seal of shift 1, and all that it and the seals before it cover, was seen by 2 of 3 witnesses that "
            f"you trust (w0, w2) in the log {SHARED} before 2026-09-21T14:13:51Z"
        )
        assert not any("no independent witness:" in text for text in report.not_checked)
        assert "no independent witness of records after 6" in report.not_checked
        assert any(text.startswith("receipts of the log example.com/plant ") for text in report.not_checked)


def test_a_log_that_nobody_named_is_not_checked(tmp_path: Path) -> None:
    """Its receipt is good, the one of the log that was named is missing."""
    station = told(tmp_path / "station", (Log(SECOND, SECOND_KEY), {}))
    for report in answers(station, {"logs": [SHARED_POLICY]}):
        assert (report.exit_code, report.findings) == (0, [])
        unknown = f"receipts of the log {SECOND} were not checked: its key is not known"
        assert unknown in report.not_checked
        assert (
            "no independent witness: who holds the station key and the log key can rewrite both" in report.not_checked
        )
    directory, _ = answers(station, {"logs": [SHARED_POLICY]})
    assert "the log in the directory is none of those that you named: it was not read" in directory.not_checked
    for report in answers(station, {"logs": [SHARED_POLICY], "require": ["witness"]}):
        assert (report.exit_code, findings(report)) == (1, {("POLICY-01", "seal of shift 1")})


def test_too_few_count_for_nothing(tmp_path: Path) -> None:
    station = told(tmp_path / "station", (Log(), {PLANT: 10}))
    for report in answers(station, {"logs": [SHARED_POLICY]}):
        assert (report.exit_code, report.findings) == (0, [])
        words = f"1 receipts of the log {SHARED} count for nothing: too few witnesses cosigned"
        assert words in report.not_checked
    for require in ("log", "witness"):
        for report in answers(station, {"logs": [SHARED_POLICY], "require": [require]}):
            assert (report.exit_code, findings(report)) == (1, {("POLICY-01", "seal of shift 1")})


def test_two_receipts_do_not_add_up(tmp_path: Path) -> None:
    """One witness has seen each of two checkpoints: that is not two who have seen one."""
    log = Log()
    station = told(tmp_path / "station", (log, {PLANT: 10}), (log, {CUSTOMER: 10}))
    for report in answers(station, {"logs": [SHARED_POLICY], "require": ["witness"]}):
        assert (report.exit_code, findings(report)) == (1, {("POLICY-01", "seal of shift 1")})


def test_one_log_of_a_policy_will_do_and_each_policy_counts(tmp_path: Path) -> None:
    station = told(tmp_path / "station", (Log(), {PLANT: 10, CUSTOMER: 10}))
    second = f"log {NoteKey(SECOND, SECOND_KEY.public_key).vkey()}\n"
    for logs, code in (([second + SHARED_POLICY], 0), ([second + "quorum none", SHARED_POLICY], 1)):
        for report in answers(station, {"logs": logs, "require": ["log"]}):
            assert (report.exit_code, report.total) == (code, code)
        for report in answers(station, {"logs": logs, "require": ["witness"]}):
            assert (report.exit_code, report.findings) == (0, [])


def test_own_log_and_shared_log_together(tmp_path: Path) -> None:
    station = told(tmp_path / "station", (Log(), {PLANT: 10, CUSTOMER: 10}))
    policy = {"log_key": OWN.vkey(), "logs": [SHARED_POLICY], "require": ["log", "witness"]}
    directory, _ = answers(station, policy)
    assert (directory.exit_code, directory.findings, directory.checked["log entries"]) == (0, [], 1)
    (station / "ledger" / "checkpoint").unlink()
    assert verify_station(station, policy=parse_policy(policy_text(policy).encode())).exit_code == 1, "its log is gone"


def test_the_witnesses_of_the_log_that_lies_here(tmp_path: Path) -> None:
    """The newest checkpoint of a station's own log has cosignatures too."""
    station = told(tmp_path / "station")
    own = log_policy(ORIGIN, LOG_KEY, PLANT, CUSTOMER)
    policy = parse_policy(policy_text({"logs": [own], "station_key": KEY.hex()}).encode())
    path = station / "ledger" / "checkpoint"
    bare = path.read_text("utf-8")
    few = f"too few witnesses cosigned the newest checkpoint of the log {ORIGIN}"
    report = verify_station(station, policy=policy)
    assert (report.exit_code, report.findings, few in report.not_checked) == (0, [], True)
    path.write_text(cosigned(bare, [PLANT, CUSTOMER], 9), "utf-8", newline="")
    report = verify_station(station, policy=policy)
    assert (report.exit_code, report.findings, few in report.not_checked) == (0, [], False)
    moved = cosigned(Log(ORIGIN, LOG_KEY).proof(0).checkpoint, [PLANT], 9).splitlines()[-1]
    path.write_text(f"{bare}{moved}\n", "utf-8", newline="")
    report = verify_station(station, policy=policy)
    assert (report.exit_code, findings(report)) == (2, {("LEDGER-09", "ledger/checkpoint")})


def test_a_witness_is_required_and_none_is_named(tmp_path: Path) -> None:
    station = told(tmp_path / "station")
    for policy in ({}, {"log_key": OWN.vkey()}, {"logs": [f"log {OWN.vkey()}\nquorum none"]}):
        for report in answers(station, {**policy, "require": ["witness"]}):
            assert (report.exit_code, findings(report)) == (1, {("POLICY-01", "policy")})


@pytest.mark.parametrize(("after_s", "within_s", "code"), [(-60, 1, 0), (-61, 1, 1), (99, 100, 0), (100, 100, 1)])
def test_clocks_may_differ_by_a_minute_and_a_seal_may_wait_so_long(
    after_s: int, within_s: int, code: int, tmp_path: Path
) -> None:
    """The seal says some milliseconds after the first second, witnesses write whole ones. The quorum's time counts."""
    station = told(tmp_path / "station", (Log(), {PLANT: -3600, CUSTOMER: after_s, AUDITOR: 9999}))
    for report in answers(station, {"logs": [SHARED_POLICY], "cosigned_within_s": within_s}):
        assert (report.exit_code, findings(report)) == (code, {("LEDGER-10", "seal of shift 1")} if code else set())


def test_of_several_receipts_the_earliest_counts(tmp_path: Path) -> None:
    log = Log()
    late, soon = {PLANT: 9000, CUSTOMER: 9000}, {PLANT: 9, CUSTOMER: 9}
    station = told(tmp_path / "station", (log, late), (log, soon), (log, late))
    for report in answers(station, {"logs": [SHARED_POLICY], "cosigned_within_s": 60}):
        assert (report.exit_code, report.findings) == (0, [])


def test_a_time_that_no_calendar_has(tmp_path: Path) -> None:
    far = 2**63 - 1 - T0_US // 1_000_000
    station = told(tmp_path / "station", (Log(), {PLANT: far, CUSTOMER: far}))
    for report in answers(station, {"logs": [SHARED_POLICY], "cosigned_within_s": 60}):
        assert findings(report) == {("LEDGER-10", "seal of shift 1")}
        assert "microseconds after 1970" in report.findings[0].message


def test_a_checkpoint_that_the_auditor_kept_finds_its_log(tmp_path: Path) -> None:
    log = Log()
    station = told(tmp_path / "station", (log, {PLANT: 10, CUSTOMER: 10}))
    policy = {"log_key": OWN.vkey(), "logs": [SHARED_POLICY]}
    same = log.proof(1).checkpoint.encode()
    for report in answers(station, policy, known_checkpoint=same):
        assert (report.exit_code, report.findings) == (0, [])
    other = Log(entries=[b"another history", b"entry"]).proof(0).checkpoint.encode()
    for report in answers(station, policy, known_checkpoint=other):
        assert report.exit_code == 2
        assert "LEDGER-05" in {rule for rule, _ in findings(report)}
    longer = Log(entries=[b"entry"] * 5).proof(0).checkpoint.encode()
    for report in answers(station, policy, known_checkpoint=longer):
        assert findings(report) == {("LEDGER-05", "your checkpoint")}
        assert report.exit_code == 1, "nobody can say"
    stranger = Log("example.net/nobody", SECOND_KEY).proof(0).checkpoint.encode()
    for report in answers(station, policy, known_checkpoint=stranger):
        assert findings(report) == {("LEDGER-05", "your checkpoint")}


def test_the_log_key_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = told(tmp_path / "station", (Log(), {PLANT: 10, CUSTOMER: 10}))
    file, bundle = tmp_path / "policy.toml", bundle_of(station, tmp_path / "bundle.zip")
    file.write_text(policy_text({"logs": [SHARED_POLICY], "require": ["log"]}), "utf-8")
    shared = NoteKey(SHARED, SHARED_KEY.public_key)
    for key, code in ((shared, 0), (OWN, 0), (NoteKey(SHARED, SECOND_KEY.public_key), 3)):
        command = ["verify", str(bundle), "--policy", str(file), "--key", KEY.hex(), "--log-key", key.vkey()]
        assert main(command) == code
        said = capsys.readouterr()
        assert ("seen by 2 of 3 witnesses" in said.out) is (code == 0)
    assert "different keys" in said.err


@pytest.mark.parametrize(
    "text",
    [
        "logs = 3",
        "logs = [3]",
        'logs = ["x"]',
        'logs = ["quorum none"]',
        f"logs = {json.dumps([SHARED_POLICY] * 2)}",
        f"logs = {json.dumps([SHARED_POLICY])}\nlog_key = '{NoteKey(SHARED, SHARED_KEY.public_key).vkey()}'",
        f"logs = {json.dumps([log_policy(SECOND, SECOND_KEY)])}\ncosigned_within_s = 60",
        "cosigned_within_s = 60",
        f"logs = {json.dumps([SHARED_POLICY])}\ncosigned_within_s = 0",
        f"logs = {json.dumps([SHARED_POLICY])}\ncosigned_within_s = true",
        f"logs = {json.dumps([SHARED_POLICY])}\ncosigned_within_s = {2**31}",
    ],
    ids=itertools.count(),
)
def test_policies_that_both_refuse(text: str, tmp_path: Path) -> None:
    with pytest.raises(FormatInvalid):
        parse_policy(text.encode())
    (tmp_path / "policy.toml").write_text(text, "utf-8")
    with pytest.raises(single.CannotCheck):
        single.read_policy(str(tmp_path / "policy.toml"))


VKEYS = [one.key.vkey() for one in (*ALL, *STRANGERS)]
NAMES = [f"n{number}" for number in range(5)]
LOG_LINE = f"log {NoteKey(SHARED, SHARED_KEY.public_key).vkey()}"
NAME = st.sampled_from([*NAMES, "none"])
LINES = st.one_of(
    st.just(LOG_LINE),
    st.builds("witness {} {}".format, NAME, st.sampled_from(VKEYS)),
    st.builds(
        lambda name, size, members: f"group {name} {size} {' '.join(members)}",
        NAME,
        st.sampled_from(["any", "all", "1", "2", "3", "0", "02", "x"]),
        st.lists(NAME, max_size=4),
    ),
    st.builds("quorum {}".format, NAME),
    st.sampled_from(["", " \t# comment", "quorum", f"{LOG_LINE} https://log/ more", "\x0b", "\u2028", "quibble"]),
)


def read_both(text: str) -> tuple[LogPolicy | None, single.LogPolicy | None]:
    """The policy as the two verifiers read it; None if they refuse it."""
    try:
        ours: LogPolicy | None = parse_log_policy(text.encode())
        ours = ours if ours is not None and ours.logs else None
    except FormatInvalid:
        ours = None
    try:
        return ours, single.LogPolicy(text)
    except single.Wrong:
        return ours, None


@given(lines=st.lists(LINES, max_size=8), end=st.sampled_from(["\n", "\r\n", " \n\t"]))
def test_both_verifiers_read_the_same_policies(lines: list[str], end: str) -> None:
    ours, theirs = read_both(end.join(lines))
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        compare(ours, theirs)


def compare(ours: LogPolicy, theirs: single.LogPolicy) -> None:
    """The same logs, witnesses and quorum."""
    assert {log.key.name: log.key.public_key for log in ours.logs} == theirs.logs
    names = sorted(witness.name for witness in ours.witnesses)
    assert names == sorted(witness.name for witness in theirs.witnesses.values())
    for size in range(len(names) + 1):
        for some in itertools.combinations(names, size):
            assert ours.is_met(some) == theirs.is_met(set(some)), some


@given(data=st.data())
def test_both_verifiers_agree_who_is_enough(data: st.DataObject) -> None:
    """Groups of groups: each name is a member once, in any order."""
    free, lines = list(NAMES), [LOG_LINE]
    lines += [f"witness {name} {vkey}" for name, vkey in zip(NAMES, VKEYS, strict=False)]
    for number in range(data.draw(st.integers(0, 4))):
        members = data.draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        lines.append(f"group g{number} {data.draw(st.integers(1, len(members)))} {' '.join(members)}")
        free = [name for name in free if name not in members] + [f"g{number}"]
    lines.append(f"quorum {data.draw(st.sampled_from([*free, 'none']))}")
    ours, theirs = read_both("\n".join(lines))
    assert ours is not None and theirs is not None
    compare(ours, theirs)


@given(times=st.dictionaries(st.sampled_from(["w0", "w1", "w2", "x"]), st.integers(1, 5)))
def test_the_time_of_a_quorum_is_that_of_the_last_who_was_needed(times: dict[str, int]) -> None:
    policy = parse_log_policy(SHARED_POLICY.encode())
    known = sorted(time for name, time in times.items() if name != "x")
    assert policy.met_at(times) == (known[1] if len(known) > 1 else None)
    assert parse_log_policy(b"quorum none").met_at(times) is None


def test_an_older_cryptography_refuses_what_it_cannot_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single, "mldsa", None)
    for witnesses, good in (((PLANT, CUSTOMER), True), ((PLANT, AUDITOR), False)):
        policy = {"logs": [log_policy(SHARED, SHARED_KEY, *witnesses)]}
        (tmp_path / "policy.toml").write_text(policy_text(policy), "utf-8")
        if good:
            assert single.read_policy(str(tmp_path / "policy.toml")) == policy
            continue
        with pytest.raises(single.CannotCheck, match="has no ML-DSA-44"):
            single.read_policy(str(tmp_path / "policy.toml"))


def test_a_note_with_too_many_signatures_is_none() -> None:
    """Both read at most 64 lines, so that none of them sees a cosignature that the other does not."""
    note, policy = Log().proof(0).checkpoint, parse_log_policy(SHARED_POLICY.encode())
    line = note.splitlines()[-1] + "\n"
    most, more = note + 63 * line, note + 64 * line
    assert policy.cosigned(most.encode()) == {}
    assert len(single.split_note(most)[1]) == 64
    with pytest.raises(FormatInvalid):
        policy.cosigned(more.encode())
    with pytest.raises(single.Wrong):
        single.split_note(more)


def test_no_bit_of_a_witnessed_proof_can_be_changed() -> None:
    """Signed notes leave room for signatures of others; none of it lets a changed one count."""
    text = log_policy(SHARED, SHARED_KEY, PLANT, CUSTOMER)
    ours, theirs = parse_log_policy(text.encode()), single.LogPolicy(text)
    entry, log = b"a seal with its signature", Log()
    line = log.receipt("", entry, T0_US, [PLANT, CUSTOMER])["proof"].encode()
    leaf, key = leaf_hash(entry), NoteKey(SHARED, SHARED_KEY.public_key)

    def taken(proof: str) -> tuple[bool, bool]:
        try:
            verify_leaf_proof(proof, leaf, key)
            first = ours.is_met(ours.cosigned(proof.partition("\n\n")[2].encode()))
        except EvidenceError:
            first = False
        try:
            single.check_log_proof(proof, leaf, (SHARED, SHARED_KEY.public_key))
            second = theirs.is_met(set(theirs.times(proof.partition("\n\n")[2])))
        except single.Wrong:
            second = False
        return first, second

    assert taken(line.decode()) == (True, True)
    for bit in range(0, 8 * len(line), 3):
        try:
            changed = flip(line, bit).decode()
        except UnicodeDecodeError:
            continue
        assert taken(changed) == (False, False), changed
