# SPDX-License-Identifier: AGPL-3.0-or-later
"""`verify.html` in a real Chromium, offline: good proofs are green, forged ones never, an old browser says so."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from inspector.evidence.verify.proof import verify_proof
from tests.browser import Browser, chromium
from tests.proof_forgeries import FORGERIES
from tests.proof_forging import (
    OTHER_KEY,
    Forgery,
    Proofs,
    build_proofs,
    canonical,
    carrying,
    change_record,
    reject_in_the_good_lane,
    reseal,
    stamped,
    without,
)
from tests.proof_station import ODD_SERIAL, SERIAL

URL = Path(str(resources.files("inspector.auditor").joinpath("verify.html"))).as_uri()
CHECK = """
(async () => {
  const $ = (id) => document.getElementById(id);
  const given = %s;
  for (const name of Object.keys(given)) { $(name).value = given[name]; }
  $('check').click();
  const deadline = Date.now() + 60000;
  while ($('result').innerText.startsWith('Checking') && Date.now() < deadline) {
    await new Promise((go) => setTimeout(go, 1));
  }
  return [$('result').className, $('result').dataset.rules || '', $('result').innerText];
})()
"""

CHECK_ALL = """
(async ([texts, given]) => {
  const $ = (id) => document.getElementById(id);
  const answers = [];
  for (const name of Object.keys(given)) { $(name).value = given[name]; }
  for (const text of texts) {
    $('paste').value = text;
    $('check').click();
    while ($('result').innerText.startsWith('Checking')) { await new Promise((go) => setTimeout(go, 0)); }
    answers.push([$('result').className, $('result').dataset.rules || '']);
  }
  return answers;
})(%s)
"""


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Proofs:
    folder: Path = tmp_path_factory.mktemp("page")
    return build_proofs(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as tab:
        yield tab


@pytest.fixture
def page(browser: Browser) -> Browser:
    browser.complaints.clear()
    browser.requests.clear()
    browser.open(URL)
    return browser


def check(page: Browser, proofs: Proofs, text: str, **typed: str) -> tuple[str, list[str], str]:
    """Colour, rules, words - for a reader with both keys, if nothing else was typed."""
    given = {
        "paste": text,
        "key": proofs.key_typed(typed),
        "log": typed.get("log", proofs.station.log_vkey),
        "root": proofs.root_typed(typed),
        "statements": "\n".join(proofs.statements_typed(typed)),
        "subject": typed.get("serial", typed.get("lot", "")),
    }
    colour, rules, words = page.evaluate(CHECK % json.dumps(given))
    return colour, rules.split(), words


def test_good_proofs_are_green_and_nothing_is_fetched(page: Browser, proofs: Proofs) -> None:
    assert "Nothing checked yet" in result(page)
    for document, subject in ((proofs.part, SERIAL), (proofs.twice, "SN-000003"), (proofs.lot, "L-42")):
        for ending in ("", "\n"):
            colour, rules, words = check(page, proofs, canonical(document) + ending, serial=subject)
            assert (colour, rules) == ("green", []), words
            assert "Authentic" in words
            assert subject in words
            assert "SIMULATED" in words
            assert "entry 0 of log example.com/plant, whose key you gave" in words
    assert page.requests == [URL]
    assert page.complaints == []
    assert page.evaluate("fetch('data:text/plain,x').then(() => 'sent', () => 'blocked')") == "blocked"


def result(page: Browser) -> str:
    return str(page.evaluate("document.getElementById('result').innerText"))


def test_what_a_part_says(page: Browser, proofs: Proofs) -> None:
    words = check(page, proofs, canonical(proofs.part))[2]
    for expected in (
        SERIAL,
        "PASS",
        "let through, seen in the good lane",
        "demo, 1, L-42",
        "3" * 64,
        "top: Inspector SimCam",
    ):
        assert expected in words
    assert "compare the serial letter by letter" in words


def test_what_a_lot_says(page: Browser, proofs: Proofs) -> None:
    words = check(page, proofs, canonical(proofs.lot))[2]
    for expected in (
        "11: all that the seals",
        "5 FAIL, 1 NO_DECISION, 5 PASS",
        "passed, 1 shown, 1 rejected",
        "3 (plc: line",
    ):
        assert expected in words
    page.evaluate("document.querySelector('details').open = true")
    assert ODD_SERIAL in result(page)
    assert "(none read)" in result(page)


def test_warnings_are_told_and_stay_green(page: Browser, proofs: Proofs) -> None:
    for text, rule in (
        (reject_in_the_good_lane(proofs), "PART-06"),
        (without("outcome", proofs, proofs.part), "PART-05"),
    ):
        colour, _, words = check(page, proofs, text)
        assert (colour, f"rule {rule}" in words) == ("green", True)


def test_without_a_key_from_elsewhere_it_is_never_green(page: Browser, proofs: Proofs) -> None:
    for document in (proofs.part, proofs.lot):
        for log in ("", proofs.station.log_vkey):
            colour, rules, words = check(page, proofs, canonical(document), key="", log=log)
            assert (colour, rules) == ("amber", ["KEY-01"])
            assert "nobody has told you whose key this is" in words
            assert proofs.station.fingerprint not in words
            assert proofs.station.key.public_key.hex() not in words


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_forgeries_are_never_green(page_once: Browser, proofs: Proofs, forgery: Forgery) -> None:
    text = forgery.make(proofs)
    colour, rules, words = check(page_once, proofs, text, **forgery.policy)
    assert colour in (("amber", "grey") if forgery.unchecked else ("red",)), words
    assert set(rules) & set(forgery.rules), words
    if forgery.name != "unknown field":  # the page looks at what it shows, the program at everything
        assert merged(rules) == merged(python_rules(proofs, text, **forgery.policy))
    assert page_once.complaints == []


def test_no_changed_letter_goes_unnoticed(page: Browser, proofs: Proofs) -> None:
    """Every 41st letter of two proofs, each changed into another; in one the receipt of a rotation is needed."""
    revoked = {"root": proofs.root_typed({"root": "plant"}), "statements": proofs.statement("rotated 2")}
    for document, station, more in ((proofs.part, proofs.station, {}), (proofs.handed_over, proofs.rotated, revoked)):
        given = {"key": station.key.public_key.hex(), "log": proofs.station.log_vkey, **more}
        good = canonical(document)
        changed = [good[:at] + ("1" if good[at] != "1" else "2") + good[at + 1 :] for at in range(0, len(good), 41)]
        answers = page.evaluate(CHECK_ALL % json.dumps([changed, given]))
        assert len(answers) > 100
        assert [
            text for text, (colour, rules) in zip(changed, answers, strict=True) if colour == "green" or not rules
        ] == []


def merged(rules: Iterable[str]) -> set[str]:
    """JSON of another spelling and a value of another form are told apart by each in its own way."""
    return {"FORMAT" if rule in ("FORMAT-01", "FORMAT-02") else rule for rule in rules}


@pytest.fixture(scope="module")
def page_once(browser: Browser) -> Browser:
    browser.open(URL)
    return browser


def python_rules(proofs: Proofs, text: str, **typed: str) -> set[str]:
    """Rules that the verifier in Python names, of the worst kind that it found."""
    report = verify_proof(text.encode("utf-8", "surrogatepass"), proofs.policy(typed)).report
    assert report.first is not None
    return {finding.rule for finding in report.findings if finding.severity is report.first.severity}


def test_keys_as_people_type_them(page: Browser, proofs: Proofs) -> None:
    text = canonical(proofs.part)
    printed = proofs.station.fingerprint.upper()
    grouped = " ".join(printed[at : at + 4] for at in range(0, 64, 4))
    for key in (proofs.station.fingerprint, grouped, ":".join(printed[at : at + 2] for at in range(0, 64, 2))):
        assert check(page, proofs, text, key=key, log=proofs.station.log_fingerprint)[0] == "green"
    for typed in ({"key": "abc"}, {"key": "g" * 64}, {"log": "abc"}, {"log": "a+b+c"}):
        assert check(page, proofs, text, **typed)[:2] == ("grey", ["INPUT"])
    page.evaluate("document.getElementById('root').value = 'abc'")
    assert page.evaluate(CHECK % json.dumps({"paste": text}))[:2] == ["grey", "INPUT"]
    assert check(page, proofs, "")[:2] == ("grey", ["INPUT"])


def test_a_key_from_before_or_after_a_rotation(page: Browser, proofs: Proofs) -> None:
    text, later = canonical(proofs.handed_over), proofs.rotated.next_key
    assert later is not None
    for key, told in ((proofs.rotated.key.public_key.hex(), False), (later.public_key.hex(), True)):
        colour, _, words = check(page, proofs, text, key=key)
        assert (colour, "shifts before 2 by themselves" in words) == ("green", told)


def test_an_answer_goes_when_the_question_changes(page: Browser, proofs: Proofs) -> None:
    for name in ("paste", "key", "log", "root", "statements", "subject"):
        assert check(page, proofs, canonical(proofs.part))[0] == "green"
        page.evaluate(f"document.getElementById('{name}').dispatchEvent(new Event('input'))")
        assert "Nothing checked yet" in result(page)
        assert page.evaluate("document.getElementById('result').className") == "grey"


def test_what_a_revoked_key_sealed_is_good_where_the_log_had_it_before(page: Browser, proofs: Proofs) -> None:
    certified = carrying("part", "station 1", "station certified")(proofs)
    for text, typed, said in (
        (canonical(proofs.part), {"statements": "station 1; station certified"}, "is revoked from entry 1 of"),
        (certified, {"key": ""}, "is this station's"),
        (canonical(proofs.handed_over), {"key": "rotated", "statements": "rotated 2"}, "laptop stolen"),
    ):
        colour, rules, words = check(page, proofs, text, root="plant", **typed)
        assert (colour, rules) == ("green", []), words
        assert said in words
        assert ("whose key the plant root has certified has recorded this" in words) is (typed.get("key") == "")
        assert "whether the plant root has said more than what is in the proof and what you gave" in words
    words = check(page, proofs, certified)[2]
    assert "whether a plant root has revoked the key of the station: you gave no key of one" in words
    assert "statements of a plant root in the proof: without its key they count for nothing" in words


@pytest.mark.long
def test_page_and_program_agree_on_what_plant_roots_say(page: Browser, proofs: Proofs) -> None:
    """Proofs, keys and statements in any combination: the same colour and rules as the verifier in Python."""
    chance, next_key = random.Random(7), proofs.rotated.next_key
    assert next_key is not None

    def statement() -> str:
        thief = " thief" if chance.random() < 0.3 else ""
        return f"{chance.choice(('station', 'rotated'))} {chance.choice(('0', '1', '2', '3', 'certified'))}{thief}"

    seen = set()
    for _ in range(400):
        document = copy.deepcopy(chance.choice((proofs.part, proofs.twice, proofs.handed_over, proofs.handed_over)))
        if chance.random() < 0.4:
            document["root_statements"] = [proofs.statement(statement()) for _ in range(chance.randint(1, 3))]
        if chance.random() < 0.1:
            document.pop("rotation_receipts", None)
        if chance.random() < 0.1:
            document["shifts"][-1]["receipts"] = []
        if chance.random() < 0.3:
            document["shifts"] = document["shifts"][-1:]
        typed = {"key": chance.choice(("station", "rotated", "", next_key.public_key.hex()))}
        typed["log"] = chance.choice(("", proofs.station.log_vkey, proofs.station.log_fingerprint))
        typed |= {"root": "plant"} if chance.random() < 0.8 else {}
        typed["statements"] = "; ".join(statement() for _ in range(chance.randint(0, 3)))
        text = canonical(document)
        report = verify_proof(text.encode(), proofs.policy(typed)).report
        worst = {one.rule for one in report.findings if report.first and one.severity is report.first.severity}
        colour, rules, words = check(page, proofs, text, **typed)
        assert (colour, set(rules)) == (("green", "amber", "red")[report.exit_code], worst), (typed, words)
        seen.add((colour, *sorted(worst)))
    assert {("green",), ("amber", "KEY-04"), ("red", "KEY-04"), ("amber", "KEY-06")} <= seen


def test_time_stamps_and_contracts_are_said_to_be_unchecked(page: Browser, proofs: Proofs) -> None:
    for receipt, said in (
        (json.loads(stamped()(proofs))["shifts"][0]["receipts"][0], "time stamps: this page does not read them"),
        ('{"chain_id":1}', "entries in contracts: this page asks no node of their chain"),
        ("something else", "receipts of ledgers of other kinds"),
    ):
        document = copy.deepcopy(proofs.part)
        document["shifts"][0]["receipts"] = [receipt]
        colour, rules, words = check(page, proofs, canonical(document), log="")
        assert (colour, rules) == ("green", []), words
        assert said in words
        assert "anchored nowhere that was checked" in words


def test_a_file_is_read_as_a_person_chooses_it(page: Browser, proofs: Proofs, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.proof.json", tmp_path / "bad.proof.json"
    good.write_bytes(canonical(proofs.part).encode() + b"\n")
    bad.write_bytes(canonical(proofs.part).encode()[:-10] + b"\xff")
    page.choose_file("#file", good)
    assert check(page, proofs, "")[0] == "green"
    assert check(page, proofs, canonical(proofs.part))[:2] == ("grey", ["INPUT"])
    page.choose_file("#file", bad)
    assert check(page, proofs, "")[:2] == ("red", ["PROOF-01"])
    bad.write_bytes(b"")
    page.choose_file("#file", bad)
    assert check(page, proofs, "")[:2] == ("red", ["PROOF-01"])


@pytest.mark.parametrize(
    ("serial", "seen"),
    [
        ("<img src=x onerror=document.title='owned'>", "<img src=x onerror=document.title='owned'>"),
        ("SN\u202e1", "SN\\u{202e}1"),
        ("SΝ-1", "SΝ-1"),
    ],
    ids=["markup", "turned around", "look-alike"],
)
def test_text_of_strangers_is_only_text(page: Browser, proofs: Proofs, serial: str, seen: str) -> None:
    document: dict[str, Any] = copy.deepcopy(proofs.part)
    (shift,) = document["shifts"]
    document["of"]["value"] = serial
    change_record(shift, "part", serial={"text": serial, "source": "image"})
    change_record(shift, "outcome", part=leaf(next(text for text in shift["records"] if '"type":"part"' in text)))
    reseal(shift, OTHER_KEY)
    document["station_key"] = OTHER_KEY.public_key.hex()
    colour, _, words = check(page, proofs, canonical(document), key=OTHER_KEY.public_key.hex())
    assert colour == "green"
    assert seen in words
    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("document.title") == "Check a proof of inspection"
    assert ("letters outside ASCII" in words) is not serial.isascii()


def leaf(text: str) -> str:
    return hashlib.sha256(b"\0" + text.encode()).hexdigest()


OLD = {
    "no WebCrypto": "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });",
    "no Ed25519": "SubtleCrypto.prototype.importKey = async () => { throw new DOMException('', 'NotSupportedError') };",
    "takes any signature": "SubtleCrypto.prototype.verify = () => Promise.resolve(true);",
    "takes no signature": "SubtleCrypto.prototype.verify = () => Promise.resolve(false);",
    "wrong hashes": "SubtleCrypto.prototype.digest = () => Promise.resolve(new ArrayBuffer(32));",
}


@pytest.mark.parametrize("missing", OLD)
def test_an_old_browser_says_that_it_cannot_check(browser: Browser, proofs: Proofs, missing: str) -> None:
    browser.open(URL, first=OLD[missing])
    colour, rules, words = check(browser, proofs, canonical(proofs.part))
    assert (colour, rules) == ("grey", [])
    assert "Cannot check with this browser" in words


def test_a_browser_that_fails_later_says_so_too(page: Browser, proofs: Proofs) -> None:
    page.evaluate("SubtleCrypto.prototype.digest = () => Promise.reject(new Error('out of order'))")
    colour, _, words = check(page, proofs, canonical(proofs.part))
    assert (colour, "Cannot check with this browser" in words) == ("grey", True)


def test_without_scripts_it_says_that_it_cannot_check(browser: Browser) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(URL)
        html = browser.evaluate("document.getElementById('result').outerHTML")
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert 'class="grey"' in html
    assert "Cannot check with this browser" in html
