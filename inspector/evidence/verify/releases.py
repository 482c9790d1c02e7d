# SPDX-License-Identifier: AGPL-3.0-or-later
"""What records say of releases: whose signatures let a model judge, and that it is this model that judges then."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.note import NoteKey, open_note
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.files import Files
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, inner, whole, word

MAX_SENTENCES = 20
LONGEST_RELEASE = 1024 * 1024
LONGEST_NOTE = 8_000
_FORMAT = "inspector-release/1"
_HEX = "[0-9a-f]{64}"
_LINE = r"\S(?:[^\n]{0,498}\S)?"
_MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_PRODUCT = "[A-Za-z0-9._-]{1,64}"
_IN_FORCE = re.compile(rf"(?P<product>{_PRODUCT}): .*recipe (?P<recipe>{_HEX}), model (?P<model>{_HEX})", re.DOTALL)
_PROPOSAL = re.compile(
    "inspector/release-proposal/v1\n"
    rf"release (?P<release>{_HEX})\n"
    rf"product (?P<product>{_PRODUCT})\n"
    rf"model (?P<model>{_HEX})\n"
    rf"recipe (?P<recipe>{_HEX})\n"
    rf"trainer (?P<trainer>{_LINE})\n"
    rf"by (?P<by>{_LINE})\n"
    rf"time (?P<time>{_MOMENT})\n"
    rf"reason (?P<reason>{_LINE})\n"
)
_APPROVAL = re.compile(
    "inspector/release-approval/v1\n"
    rf"proposal (?P<proposal>{_HEX})\n"
    rf"release (?P<release>{_HEX})\n"
    rf"by (?P<by>{_LINE})\n"
    rf"time (?P<time>{_MOMENT})\n"
    rf"reason (?P<reason>{_LINE})\n"
)
_WHAT = {"document": "release.json", "proposal": "the proposal", "approval": "the approval"}


class Misfit(Exception):
    """What is wrong with a document of a release."""


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """What is believed of a `release.json`.

    Attributes:
        product: As the settings name it.
        recipe: Digest of the recipe.
        model: Digest of the model package.
        trainer: Who trained the model.
        checks: How many rules of the gate it has passed: all.
        files: Path in its folder -> SHA-256.
    """

    product: str
    recipe: str
    model: str
    trainer: str
    checks: int
    files: Mapping[str, str]


class ReleaseChecker:
    """Follows which release is in force.

    Args:
        files: Where its documents are.
        report: Takes the findings.
        authorities: Public keys that the auditor knows to be allowed to sign releases; empty if none are known.

    Attributes:
        rules: What it does with each type of record.
        named: Hashes of the reports that it need not read, with a word for what they are.
    """

    def __init__(self, files: Files, report: VerificationReport, authorities: Sequence[bytes] = ()) -> None:
        self._files = files
        self._report = report
        self._authorities = frozenset(key.hex() for key in authorities)
        self._in_force: tuple[str, str] | None = None
        self._checked: dict[tuple[str, ...], tuple[list[str], str]] = {}
        self._newest = ""
        self._said: dict[str, tuple[str, str]] = {}
        self._times: dict[str, int] = {}
        self.named: dict[str, str] = {}
        self.rules: Rules = {"change": self._change, "setup": self._setup}

    def _change(self, fields: Fields, seen: Seen) -> None:
        moment = (fields["what"], fields["name"]) == ("recipe", "in force")
        if moment:
            self._in_force, self._newest = None, ""
        if "release" not in fields:
            return
        self._report.count("releases put in force")
        release = inner(fields, "release")
        found = _IN_FORCE.fullmatch(fields["new"] or "") if moment else None
        if found is None:
            self._tamper("CHANGE-03", seen.seq, "it names a release, and puts no recipe and model in force")
            return
        self._in_force = (found["recipe"], found["model"])
        self._check_keys(release, seen.seq)
        told = found.groupdict()
        self.named[word(release, "report")] = "report of a release"
        documents = {name: self._read(word(release, name), name, seen.seq) for name in _WHAT}
        absent = tuple(name for name, data in documents.items() if data is None)
        place = (*map(str, release.values()), *told.values(), *absent)
        if place not in self._checked:
            self._checked[place] = _compare(documents, release, told)
        complaints, words = self._checked[place]
        for complaint in complaints:
            self._tamper("CHANGE-03", seen.seq, complaint)
        self._newest = word(release, "document")
        self._said.setdefault(self._newest, (f"record {seen.seq} in shift {whole(fields, 'shift')}", words))
        self._times[self._newest] = self._times.get(self._newest, 0) + 1

    def _setup(self, fields: Fields, seen: Seen) -> None:
        if self._in_force is not None and (fields["recipe"], fields["model"]) != self._in_force:
            message = "its recipe or model is not that of the release that is in force"
            self._tamper("CHANGE-03", seen.seq, message)

    def _check_keys(self, release: Fields, seq: int) -> None:
        signers = {word(release, "proposer"), word(release, "approver")}
        if len(signers) == 1:
            self._tamper("CHANGE-03", seq, "the release is proposed and approved with one key")
        if self._authorities and not signers <= self._authorities:
            self._tamper("CHANGE-04", seq, "its release is proposed or approved by a key that you do not know")

    def _read(self, digest: str, name: str, seq: int) -> bytes | None:
        """A document of a release; None if it is not here, which is said."""
        limit = LONGEST_RELEASE if name == "document" else LONGEST_NOTE
        try:
            data = self._files.read(f"documents/{digest}", limit)
        except OSError as error:
            message = f"{_WHAT[name]} of its release cannot be read: {error.strerror}"
            self._report.unchecked("CHANGE-03", f"record {seq}", message, seq)
            return None
        if data is None:
            message = f"{_WHAT[name]} of its release, {digest}, is missing"
            self._report.unchecked("CHANGE-03", f"record {seq}", message, seq)
        return data

    def _tamper(self, rule: str, seq: int, message: str) -> None:
        self._report.tamper(rule, f"record {seq}", message, seq)

    def finish(self) -> None:
        """After the last record: say which releases judged, and who let them through."""
        said = [*self._said.items()]
        for digest, (first, words) in said[-MAX_SENTENCES:]:
            again = self._times[digest] - 1
            more = ", once more since" if again == 1 else f", {again} times more since" if again else ""
            end = ", and in force at the end" if digest == self._newest else ""
            self._report.say(f"release {digest[:16]}, put in force by {first}{more}{end}: {words}")
        if len(said) > MAX_SENTENCES:
            self._report.say(f"{len(said) - MAX_SENTENCES} earlier releases: see the change records with `release`")
        if said and not self._authorities:
            self._report.skip("the keys that propose and approve releases were taken from the records, not from you")


def _compare(documents: Mapping[str, bytes | None], release: Fields, told: Mapping[str, str]) -> tuple[list[str], str]:
    """What is wrong with the documents that are here, and what they say in words.

    Args:
        documents: Their bytes by the field of `release`; None for one that is not here.
        release: Field `release` of the record.
        told: Product, recipe and model that the record puts in force.
    """
    complaints: list[str] = []
    said: ReleaseFile | None = None
    notes: dict[str, Mapping[str, str]] = {}
    for name, data in documents.items():
        if data is None:
            continue
        try:
            if name == "document":
                said = read_release(data)
                _fit_record(said, release, told)
            else:
                notes[name] = open_signed(data, name, word(release, "proposer" if name == "proposal" else "approver"))
                _fit_note(notes[name], release, told)
            if hashlib.sha256(data).hexdigest() != release[name]:
                raise Misfit("it does not have the hash that the record names")
        except Misfit as misfit:
            complaints.append(f"{_WHAT[name]} of its release: {misfit}")
    complaints += _one_person(said, notes)
    return complaints, _words(said, notes, release, told)


def read_release(data: bytes) -> ReleaseFile:
    """Read what is needed of a `release.json`; nothing else of it is believed, or has to be right.

    Raises:
        Misfit: It is too long, no JSON with each key once, or lacks something that is needed.
    """
    if len(data) > LONGEST_RELEASE:
        raise Misfit(f"it is longer than {LONGEST_RELEASE} bytes")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Misfit(f"it is not JSON: {error}") from error
    fields = _table(value)
    if fields.get("format") != _FORMAT:
        raise Misfit(f"it is not of the format {_FORMAT}")
    checks = _table(fields.get("gate")).get("checks")
    if not isinstance(checks, list) or not checks or any(_table(one).get("passed") is not True for one in checks):
        raise Misfit("not every rule of its gate has passed")
    return ReleaseFile(
        _text(fields, "product", _PRODUCT),
        _text(_table(fields.get("recipe")), "digest", _HEX),
        _text(_table(fields.get("model")), "digest", _HEX),
        _text(fields, "trainer", _LINE),
        len(checks),
        {name: digest for name, digest in _table(fields.get("files")).items() if isinstance(digest, str)},
    )


def open_signed(data: bytes, name: str, key: str) -> Mapping[str, str]:
    """Read a note that was signed by one key.

    Args:
        data: The note.
        name: "proposal" or "approval".
        key: Raw Ed25519 public key, 64 hex digits.

    Returns:
        The values of its lines.

    Raises:
        Misfit: It is malformed, or not signed by this key.
    """
    if len(data) > LONGEST_NOTE:
        raise Misfit(f"it is longer than {LONGEST_NOTE} bytes")
    signer, form = ("release-proposer", _PROPOSAL) if name == "proposal" else ("release-approver", _APPROVAL)
    try:
        found = form.fullmatch(open_note(data, [NoteKey(signer, bytes.fromhex(key))]).text)
        if found is None:
            raise Misfit("its lines are not those of such a note")
        datetime.fromisoformat(found["time"].replace("Z", "+00:00"))
    except (FormatInvalid, SignatureInvalid) as error:
        raise Misfit(f"it is not signed by the key in the record: {error.message}") from error
    except ValueError as error:
        raise Misfit("its time is none") from error
    lines = found.groupdict()
    if not all(value.isprintable() for value in lines.values()):
        raise Misfit("a line of it cannot be printed")
    return lines


def _fit_record(said: ReleaseFile, release: Fields, told: Mapping[str, str]) -> None:
    if (said.product, said.recipe, said.model) != (told["product"], told["recipe"], told["model"]):
        raise Misfit("it is of another product, recipe or model than the record puts in force")
    if said.files.get("report.json") != release["report"]:
        raise Misfit("it names another report than the record")
    if said.files.get("recipe.toml") != said.recipe:
        raise Misfit("the recipe among its files is another one")


def _fit_note(lines: Mapping[str, str], release: Fields, told: Mapping[str, str]) -> None:
    wanted = {**told, "release": release["document"], "proposal": release["proposal"]}
    other = [name for name, value in lines.items() if wanted.get(name, value) != value]
    if other:
        raise Misfit(f"it is of another {other[0]} than the record names")


def _one_person(said: ReleaseFile | None, notes: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Complaints if the approver proposed it or trained the model.

    Blanks, capital letters and how an accent is encoded make no two people.
    """
    proposal, approval = notes.get("proposal", {}), notes.get("approval", {})
    trainers = [name for name in (said.trainer if said else None, proposal.get("trainer")) if name is not None]
    if len(set(trainers)) > 1:
        yield "the proposal of its release names another trainer than release.json"
    approver = _person(approval.get("by", ""))
    if approver and approver == _person(proposal.get("by", "")):
        yield "its release is proposed and approved by one person"
    if approver and approver in map(_person, trainers):
        yield "its release is approved by who trained the model"


def _person(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _words(
    said: ReleaseFile | None, notes: Mapping[str, Mapping[str, str]], release: Fields, told: Mapping[str, str]
) -> str:
    words = [f"product {told['product']}"]
    for name, done, signer in (("proposal", "proposed", "proposer"), ("approval", "approved", "approver")):
        lines, key = notes.get(name), key_fingerprint(bytes.fromhex(word(release, signer)))[:16]
        words.append(f"{done} by {lines['by']} ({lines['reason']}), key {key}" if lines else f"no {name} that counts")
    if said is not None:
        rules = "1 rule" if said.checks == 1 else f"{said.checks} rules"
        words.append(f"trained by {said.trainer}; {rules} of the gate passed, figures in documents/{release['report']}")
    return "; ".join(words)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Misfit("an object that is needed is missing")
    return value


def _text(fields: Mapping[str, object], name: str, pattern: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value) or not value.isprintable():
        raise Misfit(f"its {name} is missing or malformed")
    return value
