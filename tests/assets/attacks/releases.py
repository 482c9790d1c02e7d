# SPDX-License-Identifier: Apache-2.0
"""Releases that nobody has let through, or not for this; all sealed in good order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.evidence import note
from inspector.evidence.keys import SigningKey
from tests.assets.attacks.history import THIEF_KEY, History, Json, key_of, sha, spell
from tests.assets.attacks.table import POLICY, attack, changed

ANNA, BEN = key_of("anna"), key_of("ben")
RECIPE, MODEL = sha(b"recipe\n"), sha(b"model manifest\n")
REPORT = b'{"misses":0}\n'
KNOWS: Json = {**POLICY, "release_authorities": [ANNA.public_key.hex(), BEN.public_key.hex()]}
"""The auditor knows who may propose and approve releases."""


@dataclass
class Release:
    """A release that Anna proposes and Ben approves, of a model that Carl trained; attacks change its pieces.

    Attributes:
        document: Fields of `release.json`.
        proposal, approval: Lines of the notes; what is not given follows from the rest.
        proposer, approver: Who signs.
        spelled, proposed, approved: Get the bytes of `release.json`, of the proposal, of the approval; return those
            that are kept.
        record: Fields of the change record that are others, and of its `release`.
        report: The report that is kept.
        absent: Documents that are not kept.
    """

    document: Json = field(default_factory=dict)
    proposal: Json = field(default_factory=dict)
    approval: Json = field(default_factory=dict)
    proposer: SigningKey = ANNA
    approver: SigningKey = BEN
    spelled: Callable[[bytes], bytes] = bytes
    proposed: Callable[[bytes], bytes] = bytes
    approved: Callable[[bytes], bytes] = bytes
    record: Json = field(default_factory=dict)
    report: bytes = REPORT
    absent: frozenset[str] = frozenset()

    def put_in_force(self, history: History) -> None:
        """The change record, and a setup record after it."""
        made: Json = {"format": "inspector-release/1", "product": "main", "trainer": "Carl"}
        made |= {"recipe": {"digest": RECIPE}, "model": {"digest": MODEL}, "gate": {"checks": [{"passed": True}]}}
        made |= {"files": {"report.json": sha(REPORT), "recipe.toml": RECIPE}, **self.document}
        document = self.spelled(spell(made))
        lines: Json = {"release": sha(document), "product": "main", "model": MODEL, "recipe": RECIPE, "trainer": "Carl"}
        lines |= {"by": "Anna", "time": "2026-09-21T14:00:00Z", "reason": "fewer false rejects"}
        proposal = self.proposed(signed("proposal", lines | self.proposal, self.proposer))
        lines = {"proposal": sha(proposal), "release": sha(document), "by": "Ben", "time": "2026-09-21T14:10:00Z"}
        lines |= {"reason": "figures are better"}
        approval = self.approved(signed("approval", lines | self.approval, self.approver))
        release: Json = {"proposer": self.proposer.public_key.hex(), "approver": self.approver.public_key.hex()}
        kept = {"document": document, "proposal": proposal, "approval": approval, "report": self.report}
        for name, data in kept.items():
            release[name] = sha(data) if name in self.absent else history.document(data)
        words = f"main: disc, version 2; recipe {RECIPE}, model {MODEL}"
        fields: Json = {"what": "recipe", "name": "in force", "old": None, "new": words, "by": sha(b"kim")}
        history.record("change", **{**fields, "why": "new model", "release": release | self.record})
        another_model(history)
        works_with(history)


def signed(kind: str, lines: Json, key: SigningKey, signer: str = "") -> bytes:
    """A proposal or approval."""
    text = f"inspector/release-{kind}/v1\n" + "".join(f"{name} {value}\n" for name, value in lines.items())
    name = signer or {"proposal": "release-proposer", "approval": "release-approver"}[kind]
    return note.sign_note(text, note.NoteKey(name, key.public_key), key).encode("utf-8")


def another_model(history: History) -> None:
    """The change record that says so: a setup record follows."""
    fields: Json = {"what": "model", "name": "in force", "old": None, "new": MODEL, "by": None}
    history.record("change", **fields, why="new model")


def works_with(history: History, **others: str) -> None:
    """A setup record."""
    fields = {"settings": history.document(b"{}\n"), "program": history.document(b"{}\n")}
    history.record("setup", **{**fields, "recipe": RECIPE, "model": MODEL, **others}, users=None)


def released(**changes: object) -> bytes:
    """The bundle in which such a release is put in force between two shifts."""
    return changed(steps={"shift 2": Release(**changes).put_in_force})  # type: ignore[arg-type]


def honest() -> bytes:
    """The same without a lie: the release twice, as when a station changes over and back."""

    def twice(history: History) -> None:
        release = Release()
        release.put_in_force(history)
        words = f"other: tray, version 1; recipe {sha(b'tray')}, model {sha(b'net')}"
        fields: Json = {"what": "recipe", "name": "in force", "old": None, "new": words, "by": None, "why": "order"}
        history.record("change", **fields)
        another_model(history)
        works_with(history, recipe=history.document(b"tray"), model=history.document(b"net"))
        release.put_in_force(history)

    return changed(steps={"shift 2": twice})


@attack("CHANGE-03")
def release_signed_twice_by_one_key() -> bytes:
    """One key proposes a release and approves it, under two names."""
    return released(approver=ANNA)


@attack("CHANGE-03")
def release_approved_by_who_proposed_it() -> bytes:
    """Anna approves what she proposed, with a second key, and writes her name in capital letters."""
    return released(approval={"by": "ANNA"})


@attack("CHANGE-03")
def release_approved_by_the_trainer() -> bytes:
    """Who trained the model approves it."""
    return released(approval={"by": "carl"})


@attack("CHANGE-03")
def release_approved_by_the_trainer_in_other_letters() -> bytes:
    """Who trained the model approves it, with an accent that is encoded as a letter of its own."""
    return released(document={"trainer": "Zo\u00eb"}, proposal={"trainer": "Zo\u00eb"}, approval={"by": "Zoe\u0308"})


@attack("CHANGE-03")
def release_with_two_trainers() -> bytes:
    """The proposal names another trainer than release.json: who trained the model could be anybody."""
    return released(document={"trainer": "Dora"})


@attack("CHANGE-03")
def approval_of_another_proposal() -> bytes:
    """The approval is of an earlier proposal of the same release."""
    return released(approval={"proposal": sha(b"an earlier one")})


@attack("CHANGE-03")
def approval_of_another_release() -> bytes:
    """The approval names the proposal, and another release."""
    return released(approval={"release": sha(b"another release.json")})


@attack("CHANGE-03")
def proposal_of_another_release() -> bytes:
    """The proposal is of another release.json."""
    return released(proposal={"release": sha(b"another release.json")})


@attack("CHANGE-03")
def proposal_of_another_model() -> bytes:
    """The proposal names another model than the release."""
    return released(proposal={"model": sha(b"another model")})


@attack("CHANGE-03")
def release_of_another_model() -> bytes:
    """release.json is of another model than the one that is put in force."""
    return released(document={"model": {"digest": sha(b"another model")}})


@attack("CHANGE-03")
def release_of_another_recipe() -> bytes:
    """release.json is of another recipe than the one that is put in force."""
    other = sha(b"another recipe")
    return released(document={"recipe": {"digest": other}, "files": {"report.json": sha(REPORT), "recipe.toml": other}})


@attack("CHANGE-03")
def release_with_two_recipes() -> bytes:
    """The recipe that release.json names is not the one among its files."""
    return released(document={"files": {"report.json": sha(REPORT), "recipe.toml": sha(b"another recipe")}})


@attack("CHANGE-03")
def release_of_another_product() -> bytes:
    """What was let through for another product judges this one."""
    return released(document={"product": "tray"}, proposal={"product": "tray"})


@attack("CHANGE-03")
def release_that_did_not_pass_its_gate() -> bytes:
    """A rule of the gate did not pass, and two people signed all the same."""
    return released(document={"gate": {"checks": [{"passed": True}, {"passed": False}]}})


@attack("CHANGE-03")
def release_with_a_key_twice() -> bytes:
    """release.json says two things of its model; readers differ in which of them they see."""
    twin = b'{"model":{"digest":"%s"},' % sha(b"the better one").encode()
    return released(spelled=lambda data: twin + data[1:])


@attack("CHANGE-03")
def proposal_edited() -> bytes:
    """The reason in the proposal was changed after it was signed."""
    return released(proposed=lambda data: data.replace(b"fewer false rejects", b"fewer false accepts"))


@attack("CHANGE-03")
def approval_unsigned() -> bytes:
    """The approval carries a signature of a thief under the approver's name."""

    def forged(data: bytes) -> bytes:
        lines = [line.split(" ", 1) for line in data.decode().split("\n\n")[0].split("\n")[1:]]
        return signed("approval", dict(lines), THIEF_KEY)

    return released(approved=forged)


@attack("CHANGE-03")
def approval_without_signature() -> bytes:
    """Nobody has signed the approval."""
    return released(approved=lambda data: data.split(b"\n\n")[0] + b"\n")


@attack("CHANGE-03")
def keys_of_a_release_exchanged() -> bytes:
    """The record names the proposer's key as the approver's, and the other way round."""
    return released(record={"proposer": BEN.public_key.hex(), "approver": ANNA.public_key.hex()})


@attack("CHANGE-03")
def proposal_in_the_place_of_an_approval() -> bytes:
    """What stands as the approval is a proposal, which the approver has signed."""

    def same_lines(data: bytes) -> bytes:
        lines: Json = {"release": "1" * 64, "product": "main", "model": MODEL, "recipe": RECIPE, "trainer": "Carl"}
        lines |= {"by": "Ben", "time": "2026-09-21T14:10:00Z", "reason": "figures are better"}
        return signed("proposal", lines, BEN, "release-approver")

    return released(approved=same_lines)


@attack("CHANGE-03")
def report_of_a_release_exchanged() -> bytes:
    """The report is a better one than the people saw who signed."""
    return released(report=b'{"misses":0,"false rejects":0}\n')


@attack("CHANGE-03")
def release_of_nothing() -> bytes:
    """A change of a setting names a release, and puts no model in force."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("change", 0):
            fields |= {"what": "setting", "name": "release"}

    return changed(steps={"shift 2": Release().put_in_force}, record=change)


@attack("CHANGE-03")
def model_behind_a_release() -> bytes:
    """A release is put in force, and the station works with another model all the same."""

    def other(history: History) -> None:
        Release().put_in_force(history)
        another_model(history)
        works_with(history, model=history.document(b"another model"))
        another_model(history)
        works_with(history)

    return changed(steps={"shift 2": other})


@attack("CHANGE-03", exit_code=1)
def release_without_its_approval() -> bytes:
    """The approval is left out of the bundle, so that nobody can read who approved."""
    return released(absent=frozenset({"approval"}))


@attack("CHANGE-04", policy={**KNOWS, "release_authorities": [ANNA.public_key.hex()]})
def release_approved_by_a_stranger() -> bytes:
    """Both have signed; the approver's key is none of those that the auditor knows."""
    return released()
