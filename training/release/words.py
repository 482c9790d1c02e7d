# SPDX-License-Identifier: AGPL-3.0-or-later
"""A release in words by which an approver can decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from inspector.cli.output import Output
from inspector.release.document import Check
from training.evaluation.words import THING
from training.release.examine import PROGRAM, Examined
from training.release.signatures import Signatures

_DIGITS = 16


def tell(output: Output, examined: Examined, signed: Signatures, told: Sequence[str]) -> None:
    """Tell people what a release is, and at the end the sentences that are `told`."""
    document = examined.release.document
    model, recipe = document.model, document.recipe
    output.say(f"Release {examined.release.digest[:_DIGITS]} for product {document.product}", style="bold")
    replaced = document.replaces
    before = "nothing: the first release of the product"
    if replaced is not None:
        before = f"model {replaced.model[:_DIGITS]} with recipe {replaced.recipe[:_DIGITS]}"
    rows = [
        ("model", f"{model.name} {model.version}, {examined.model.precision} ({model.digest[:_DIGITS]})"),
        ("recipe", f"{recipe.name} {recipe.version} ({recipe.digest[:_DIGITS]})"),
        ("replaces", before),
        ("trained by", document.trainer),
        ("what it is for", document.why),
        ("measured", f"{document.created} by {software(document.software)}"),
        ("test set", _test_set(examined)),
        ("proposed by", _proposed(signed)),
        ("approved by", _approved(signed)),
    ]
    output.table("What it is", ("", ""), rows)
    output.say(f"Rules of the gate, all {len(document.gate.checks)} kept:", style="bold")
    tell_checks(output, document.gate.checks)
    for sentence in told:
        output.say(sentence)


def tell_checks(output: Output, found: Sequence[Check]) -> None:
    """A line for each rule."""
    for one in found:
        output.say(
            f"  {'kept    ' if one.passed else 'NOT KEPT'}  {one.name}: {one.words}", "" if one.passed else "bold"
        )


def sentences(examined: Examined, signed: Signatures) -> list[str]:
    """What an approver has to know beside the figures."""
    figures = examined.figures
    thing = THING[figures.count_by]
    said = [
        "Every file is the one that was proposed, and its figures held against its rules give the same answers. The"
        f" bounds hold for {thing} like those of the test set.",
        examined.trained_on,
    ]
    made_by = examined.release.document.software.get(PROGRAM)
    if made_by != version(PROGRAM):
        said.append(f"It was made by version {made_by} of this program; the words of its rules were not compared.")
    wrong = figures.missed.errors + figures.false_rejects.errors
    if wrong:
        said.append(f"{wrong} {thing} were judged wrongly: look at their pictures in report.html.")
    if figures.beside is None:
        said.append("It was held against no other model.")
    else:
        misses = figures.beside.misses
        said.append(
            f"Beside the released model: {misses.candidate} bad {thing} pass that it held, {misses.released} are held"
            " that it let pass."
        )
    if signed.proposal is not None and signed.proposer is None:
        said.append("Whose signatures these are was not checked: name public keys with --authority.")
    return said


def software(versions: dict[str, str]) -> str:
    """Programs and versions."""
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))


def as_json(examined: Examined, signed: Signatures, told: Sequence[str]) -> dict[str, object]:
    """All of it as plain values, with the sentences that are `told`."""
    proposal, approval = signed.proposal, signed.approval
    return {
        "release": str(examined.release.path),
        "digest": examined.release.digest,
        "document": examined.release.document.model_dump(mode="json"),
        "figures": examined.figures.model_dump(mode="json"),
        "differ": examined.report.differ,
        "told": list(told),
        "proposal": proposal and {"by": proposal.by, "reason": proposal.reason, "key": _hex(signed.proposer)},
        "approval": approval and {"by": approval.by, "reason": approval.reason, "key": _hex(signed.approver)},
    }


def _hex(key: bytes | None) -> str | None:
    return None if key is None else key.hex()


def _test_set(examined: Examined) -> str:
    numbers, thing = examined.figures.numbers, THING[examined.figures.count_by]
    counted = f"{numbers.bad} bad and {numbers.good} good {thing}"
    return f"{counted} of dataset {examined.dataset.name}, use {numbers.uses} of it"


def _proposed(signed: Signatures) -> str:
    found = signed.proposal
    return "nobody yet" if found is None else _said(found.by, found.t_us, found.reason, signed.proposer)


def _approved(signed: Signatures) -> str:
    found = signed.approval
    return "nobody yet" if found is None else _said(found.by, found.t_us, found.reason, signed.approver)


def _said(by: str, t_us: int, reason: str, key: bytes | None) -> str:
    when = datetime.fromtimestamp(t_us // 1_000_000, UTC)
    checked = "key not checked" if key is None else f"key {key.hex()[:_DIGITS]}"
    return f"{by}, {when:%Y-%m-%d %H:%M} UTC, {checked}: {reason}"
