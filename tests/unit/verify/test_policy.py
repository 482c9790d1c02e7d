# SPDX-License-Identifier: AGPL-3.0-or-later
"""The policy of whoever checks: what it may say, and what it refuses, of a directory and of a bundle."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.auditor import verify_bundle as verify_in_one_file
from inspector.cli import main
from inspector.errors import FormatInvalid
from inspector.evidence.keys import SigningKey
from inspector.evidence.note import NoteKey
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.contracts import Contract
from inspector.evidence.verify.policy import Policy, parse_policy
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.assets.attacks.tokens import Authority
from tests.unit.evidence_samples import H1
from tests.unit.evidence_station import LOG_KEY, ORIGIN, building
from tests.unit.verify.bundling import bundle_of
from tests.unit.verify.changes import KEY, database

LOG = NoteKey(ORIGIN, LOG_KEY.public_key)
FULL = f"""
station = "demo"
station_key = "{KEY.hex()}"
log_key = "{LOG.vkey()}"
bypass_authorities = ["{KEY.hex()}"]
plant_root = "{KEY.hex()}"
root_statements = ["inspector/key-certificate/v1\\n"]
require = ["log", "witness", "log"]
latest = {{ shift = 2, seal = "{H1}" }}
release_authorities = ["{KEY.hex()}", "{LOG_KEY.public_key.hex()}"]
"""


def test_a_policy_says_all_of_this() -> None:
    certificates, releasers = (b"inspector/key-certificate/v1\n",), (KEY, LOG_KEY.public_key)
    assert parse_policy(FULL.encode()) == Policy(
        "demo", KEY, LOG, (KEY,), KEY, certificates, ("log", "witness"), (2, H1), release_authorities=releasers
    )
    assert parse_policy(b"") == Policy()


def test_a_policy_says_whose_time_stamps_count() -> None:
    pem, oids = Authority().root_pem, '["1.2.3", "2.999.0"]'
    text = f"tsa_roots = [{json.dumps(pem)}]\ntsa_policies = {oids}\nstamped_within_s = 3600"
    policy = parse_policy(text.encode())
    assert policy.tsa_roots is not None
    assert (policy.tsa_policies, policy.stamped_within_s) == (("1.2.3", "2.999.0"), 3600)
    for wrong in (
        "tsa_roots = []",
        'tsa_roots = "x"',
        'tsa_roots = ["x"]',
        "stamped_within_s = 3600",
        'tsa_policies = ["1.2.3"]',
        text.replace("3600", "0"),
        text.replace("3600", "true"),
        text.replace("1.2.3", "1.02.3"),
        text.replace("1.2.3", "3.1"),
    ):
        with pytest.raises(FormatInvalid):
            parse_policy(wrong.encode())


CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def test_a_policy_names_a_contract_for_both_verifiers() -> None:
    for more, values in (("", (None, None)), (", confirmations = 0, within_s = 60", (0, 60))):
        contract = parse_policy(f'evm = {{ chain_id = 1337, contract = "{CONTRACT}"{more} }}'.encode()).evm
        assert contract == Contract(1337, CONTRACT.lower(), *values)
        assert contract is not None
        assert contract.origin == f"eip155:1337:{CONTRACT.lower()}"


@pytest.mark.parametrize(
    "evm",
    [
        "1337",
        "{ chain_id = 1337 }",
        f'{{ contract = "{CONTRACT}" }}',
        f'{{ chain_id = 0, contract = "{CONTRACT}" }}',
        f'{{ chain_id = true, contract = "{CONTRACT}" }}',
        f'{{ chain_id = "1337", contract = "{CONTRACT}" }}',
        f'{{ chain_id = 9007199254740992, contract = "{CONTRACT}" }}',
        '{ chain_id = 1337, contract = "0x12" }',
        "{ chain_id = 1337, contract = 12 }",
        f'{{ chain_id = 1337, contract = "{CONTRACT}", confirmations = -1 }}',
        f'{{ chain_id = 1337, contract = "{CONTRACT}", confirmations = 100001 }}',
        f'{{ chain_id = 1337, contract = "{CONTRACT}", within_s = 0 }}',
        f'{{ chain_id = 1337, contract = "{CONTRACT}", url = "http://node" }}',
    ],
)
def test_a_contract_that_is_none_is_refused_by_both_verifiers(evm: str, tmp_path: Path) -> None:
    with pytest.raises(FormatInvalid, match="evm"):
        parse_policy(f"evm = {evm}".encode())
    (tmp_path / "policy.toml").write_text(f"evm = {evm}\n")
    with pytest.raises(verify_in_one_file.CannotCheck, match="evm is unknown or malformed"):
        verify_in_one_file.read_policy(str(tmp_path / "policy.toml"))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 64_001,
        "station",
        "\ud800",
        "a = " + "[" * 5000,
        'stations = "demo"',
        'station = ""',
        "station = 3",
        'station = "a b"',
        "station_key = 3",
        'station_key = "abc"',
        'log_key = "abc"',
        "log_key = []",
        'plant_root = "abc"',
        'bypass_authorities = "abc"',
        'bypass_authorities = ["abc"]',
        'release_authorities = ["abc"]',
        "release_authorities = 3",
        "bypass_authorities = [3]",
        'require = ["blockchain"]',
        'require = "log"',
        "root_statements = [3]",
        f"root_statements = {['x'] * 101}",
        "latest = 3",
        "latest = { shift = 1 }",
        f'latest = {{ shift = 0, seal = "{H1}" }}',
        f'latest = {{ shift = true, seal = "{H1}" }}',
        f'latest = {{ shift = 1.0, seal = "{H1}" }}',
        'latest = { shift = 1, seal = "abc" }',
        f'latest = {{ shift = 1, seal = "{H1}", more = 1 }}',
    ],
)
def test_other_policies_are_refused(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_policy(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    try:
        assert isinstance(parse_policy(data), Policy)
    except FormatInvalid as error:
        assert error.message


VALUES = st.recursive(
    st.booleans() | st.integers(-5, 2**64) | st.text(max_size=4) | st.just(H1),
    lambda inner: st.lists(inner, max_size=3),
)


@given(st.sampled_from(["station", "station_key", "require", "latest", "root_statements", "log_key"]), VALUES)
def test_any_value(name: str, value: Any) -> None:
    text = f"{name} = {json.dumps(value)}"
    try:
        tomllib.loads(text)
        parse_policy(text.encode())
    except (FormatInvalid, tomllib.TOMLDecodeError) as error:
        assert str(error)


Check = Callable[..., VerificationReport]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sealed shifts, of which the second has no receipt, and an open one."""
    directory = tmp_path_factory.mktemp("policy") / "station"
    with building(directory) as builder:
        for number in (1, 2, 3):
            builder.open_shift()
            builder.part("PASS")
            builder.close_shift(anchor=number != 2)
        builder.open_shift()
    return directory


@pytest.fixture(params=["directory", "bundle"])
def check(request: pytest.FixtureRequest, station: Path, tmp_path: Path) -> Check:
    if request.param == "directory":
        return lambda policy: verify_station(station, policy=policy)
    path = bundle_of(station, tmp_path / "F.zip")
    return lambda policy: verify_bundle(path, policy=policy)


def seal_of(station: Path, shift: int) -> str:
    """Document hash of a seal."""
    with database(station) as db:
        (data,) = db.execute("SELECT bytes FROM seal WHERE shift = ?", (shift,)).fetchone()
    return hashlib.sha256(data).hexdigest()


def found(report: VerificationReport, severity: Severity) -> set[tuple[str, str]]:
    return {(finding.rule, finding.place) for finding in report.of(severity)}


def test_what_a_policy_knows_fits(check: Check, station: Path) -> None:
    report = check(Policy("demo", KEY, LOG, latest=(3, seal_of(station, 3))))
    assert (report.exit_code, report.findings) == (0, [])
    assert not any("not from you" in sentence for sentence in report.not_checked)


def test_what_a_policy_knows_does_not_fit(check: Check, station: Path) -> None:
    other = SigningKey.generate().public_key
    for policy, rule, place in (
        (Policy(station="line-4"), "POLICY-02", "policy"),
        (Policy(latest=(3, H1)), "POLICY-02", "seal of shift 3"),
        (Policy(latest=(4, H1)), "POLICY-02", "seal of shift 4"),
        (Policy(station_key=other), "KEY-01", "keys/station.pub"),
    ):
        assert (rule, place) in found(check(policy), Severity.TAMPERED)


def test_what_a_policy_requires(check: Check) -> None:
    report = check(Policy(require=("log",)))
    assert (report.exit_code, found(report, Severity.UNCHECKED)) == (1, {("POLICY-01", "seal of shift 2")})
    report = check(Policy(require=("rfc3161", "evm", "witness")))
    seals = {("POLICY-01", f"seal of shift {shift}") for shift in (1, 2, 3)}
    assert found(report, Severity.UNCHECKED) == {("POLICY-01", "policy"), *seals}
    assert (report.exit_code, len(report.findings)) == (1, 5)


def test_the_newest_seal_beside_a_bundle(station: Path, tmp_path: Path) -> None:
    path = bundle_of(station, tmp_path / "F.zip", 3, 3)
    assert verify_bundle(path, policy=Policy(latest=(2, seal_of(station, 2)))).findings == []
    report = verify_bundle(path, policy=Policy(latest=(2, H1)))
    assert ("POLICY-02", "seal of shift 2") in found(report, Severity.TAMPERED)
    report = verify_bundle(path, policy=Policy(latest=(1, H1)))
    assert found(report, Severity.UNCHECKED) == {("POLICY-01", "seal of shift 1")}
    path = bundle_of(station, tmp_path / "F.zip", 1, 1)
    assert verify_bundle(path, policy=Policy(require=("log",))).findings == [], "only its own shifts"
    assert verify_bundle(path, policy=Policy(latest=(3, seal_of(station, 3)))).findings == []


# the command


@pytest.fixture
def bundle(station: Path, tmp_path: Path) -> Path:
    return bundle_of(station, tmp_path / "F.zip")


def test_options_and_policy_together(
    bundle: Path, station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(f'station = "demo"\nstation_key = "{KEY.hex()}"\n')
    for what in ([str(bundle)], ["--station", str(station)]):
        command = ["verify", *what, "--policy", str(policy)]
        assert main([*command, "--key", KEY.hex(), "--log-key", LOG.vkey(), "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["verdict"] == "VERIFIED"
        assert not any("not from you" in sentence for sentence in document["not_checked"])
        assert main([*command, "--key", SigningKey.generate().public_key.hex()]) == 3
        assert "name different keys" in capsys.readouterr().err
    policy.write_text('station = "line-9"\n')
    assert main(["verify", str(bundle), "--policy", str(policy)]) == 2
    assert "TAMPERED policy, rule POLICY-02" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--policy", "nowhere.toml"], "cannot be read"),
        (["--policy", "odd.toml"], "does not exist"),
        (["--serial", "SN-1"], "belong to a proof"),
        (["--ledger", "."], "--ledger belongs to a station directory"),
    ],
)
def test_options_that_do_not_fit(
    bundle: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    monkeypatch.chdir(bundle.parent)
    Path("odd.toml").write_text("odd = 1\n")
    assert main(["verify", "F.zip", *options]) == 3
    assert words in capsys.readouterr().err


def test_what_a_file_is_is_seen_in_its_bytes(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bundle.read_bytes()
    for name, content, code in (
        ("proof.json", data, 0),
        ("cut.json", data[:900], 2),
        ("headless.json", b"XX" + data[2:], 2),
        ("empty.zip", b"", 1),
    ):
        (tmp_path / name).write_bytes(content)
        assert main(["verify", str(tmp_path / name)]) == code, name
    assert main(["verify", str(tmp_path / "nowhere.zip")]) == 1
    (tmp_path / "some.json").write_text("{}")
    assert main(["verify", str(tmp_path / "some.json"), "--ledger", str(tmp_path)]) == 3
    assert "--ledger is not for a proof" in capsys.readouterr().err
