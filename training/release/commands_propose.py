# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release rules | propose`: the rules of the gate, and a candidate that is held against them."""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from inspector.cli.output import Output, add_json
from inspector.cli.person_key import add_key, open_key
from inspector.detect.package import ModelPackage
from inspector.durable import write_durable
from inspector.errors import ConfigError
from inspector.recipe import Recipe
from inspector.release.document import Check
from training.dataset.folder import DatasetFolder
from training.evaluation.words import headline
from training.options import count
from training.release.against import find_released
from training.release.judging import Contender, How, check_contender
from training.release.line_run import read_line_run
from training.release.propose import Measured, Papers, look, survey
from training.release.rules import RulesFile, default_rules, read_rules
from training.release.sign import RUN_FILE, Said, check_said, write_proposed
from training.release.words import tell_checks
from training.threads import add_threads

BLOCKED = 1
EXIT_CODES = """exit codes:
  0  proposed
  1  blocked by a rule of the gate, nothing is signed; or the dataset or shadow run cannot be used: not locked,
     damaged, in use; or the passphrase is wrong
  2  wrong usage
  3  package, recipe, rules, key or a release cannot be used; the message says what to do"""


def add_rules(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rules`."""
    parser = actions.add_parser("rules", help="write the rules of the gate, with comments, to be changed")
    parser.add_argument("--out", "-o", type=Path, required=True, metavar="FILE", help="new file")
    parser.add_argument("--count-by", choices=("part", "picture"), default="part", help="what is counted (part)")
    add_json(parser)
    parser.set_defaults(run=_run_rules)


def add_propose(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `propose`."""
    parser = actions.add_parser(
        "propose",
        help="measure a model with its recipe against the rules, and sign the proposal if they are kept",
        description="Measure a candidate beside the released model on the locked test set, which is one use of it.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dataset", type=Path, required=True, metavar="DIR", help="dataset with a locked test set")
    parser.add_argument("--model", type=Path, required=True, metavar="PACKAGE", help="model package of the candidate")
    parser.add_argument("--recipe", type=Path, required=True, metavar="FILE", help="recipe of the candidate")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the trained weights.pt that the package is from")
    parser.add_argument("--shadow", type=Path, metavar="FILE", help="a shadow run of it (`inspector release shadow`)")
    before = parser.add_mutually_exclusive_group(required=True)
    before.add_argument(
        "--against", metavar="WHAT", help="what is released: a station directory, a release, or PACKAGE+RECIPE"
    )
    before.add_argument("--first", action="store_true", help="nothing is: this is the first release of the product")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="rules of the gate (those that `rules` writes)")
    parser.add_argument("--product", required=True, metavar="NAME", help="product in the station's settings, or main")
    parser.add_argument("--trainer", required=True, metavar="NAME", help="who trained the model; may not approve it")
    parser.add_argument("--by", required=True, metavar="NAME", help="who proposes it; may not approve it")
    parser.add_argument("--why", required=True, metavar="TEXT", help="what it is for")
    add_key(parser)
    parser.add_argument("--out", "-o", type=Path, required=True, metavar="RELEASE", help="new folder of the release")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report here too, also if it is blocked")
    parser.add_argument("--count-by", choices=("part", "picture"), help="what is counted (as the rules say, or part)")
    parser.add_argument("--camera", help="judge by the rules for this camera's pictures (the one that took each)")
    add_threads(parser)
    parser.add_argument("--backend", choices=("openvino", "onnxruntime"), default="openvino", help="runtime (openvino)")
    parser.add_argument("--pictures", type=count, default=200, metavar="N", help="at most so many in the report (200)")
    add_json(parser)
    parser.set_defaults(run=_run_propose, behind_the_line=True, refuse=parser.error)


def _run_rules(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    if args.out.exists():
        raise ConfigError(f"{args.out} exists", "Choose another file")
    rules = default_rules(args.count_by)
    _write(args.out, rules.data)
    output.say(f"{args.out}: change what is to be different, before anybody looks at the test set")
    output.document({"rules": str(args.out), "sha256": rules.digest})
    return 0


def _write(path: Path, data: bytes) -> None:
    try:
        write_durable(path, data)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Choose another file") from error


def _run_propose(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    said = Said(args.product, args.trainer.strip(), args.by.strip(), args.why.strip())
    _check_places(args)
    rules = _rules(args)
    candidate = Contender(ModelPackage.load(args.model), Recipe.load(args.recipe))
    check_said(said, candidate)
    released = None if args.first else find_released(args.against, args.product)
    for one in filter(None, (candidate, released)):
        check_contender(one, args.camera)
    line, shadow = (None, None) if args.shadow is None else read_line_run(args.shadow, candidate, released)
    key = open_key(args)  # before the test set is used for nothing
    how = How(rules.rules.count_by, args.camera, args.backend, args.threads, args.pictures)
    papers = Papers(args.weights, line, shadow)
    ground = survey(DatasetFolder(args.dataset), candidate, papers, rules, how, output)
    if not ground.passed:
        tell_checks(output, ground.checks)
        output.say("Blocked before the test set was looked at: this use of it is not counted.", style="bold")
        output.document({"proposed": False, "looked": False, "checks": _plain(ground.checks)})
        return BLOCKED
    measured = look(ground, candidate, released, rules, how, output)
    made = datetime.now(UTC).replace(microsecond=0)
    if args.html is not None:
        _write(args.html, measured.page(said.product, made))
    _tell_measured(output, measured)
    answer = {"proposed": measured.passed, "looked": True, "checks": _plain(measured.checks)}
    answer |= {"figures": measured.figures.model_dump(mode="json")}
    if not measured.passed:
        output.say("Blocked: nothing was signed.", style="bold")
        output.document(answer)
        return BLOCKED
    run = _run_file(args.weights, candidate.package)
    release = write_proposed(args.out, said, key, candidate, ground, measured, rules, run, made)
    output.say(f"{release.path}: proposed by {said.by}. Another person looks at it and approves it:", style="bold")
    output.say(f"  {output.program()} release show {release.path}")
    output.say(f"  {output.program()} release approve {release.path} --key KEY --by NAME --why TEXT")
    output.document(answer | {"release": str(release.path), "digest": release.digest})
    return 0


def _check_places(args: argparse.Namespace) -> None:
    """Refuse what could not be written at the end, before the test set is used."""
    if args.out.exists():
        raise ConfigError(f"{args.out} exists", "Choose a new folder: a release is never changed")
    above = next(one for one in args.out.resolve().parents if one.exists())
    if not (above.is_dir() and os.access(above, os.W_OK)):
        raise ConfigError(f"{args.out} cannot be made: {above} cannot be written", "Choose another folder")
    if args.html is not None and (args.html.is_dir() or not args.html.parent.is_dir()):
        args.refuse(f"--html: {args.html} is a folder, or lies in none")


def _rules(args: argparse.Namespace) -> RulesFile:
    if args.rules is None:
        return default_rules(args.count_by or "part")
    rules = read_rules(args.rules)
    if args.count_by not in (None, rules.rules.count_by):
        args.refuse(f"--count-by {args.count_by}: {args.rules} says count_by = {rules.rules.count_by!r}")
    return rules


def _run_file(weights: Path | None, package: ModelPackage) -> bytes | None:
    """`run.json` beside the weights, if it is the one that the package names."""
    named = package.manifest.provenance.get("run_sha256")
    path = None if weights is None else weights.parent / RUN_FILE
    if named is None or path is None or not path.is_file():
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Check its permissions") from error
    return data if hashlib.sha256(data).hexdigest() == named else None


def _tell_measured(output: Output, measured: Measured) -> None:
    for title, found in (("candidate", measured.candidate), ("released", measured.released)):
        if found is not None:
            told = "; ".join(f"{what}: {words}" for what, words in headline(found.report))
            output.say(f"{title} {found.title}: {told}")
    tell_checks(output, measured.checks)
    for note in measured.candidate.source.notes:
        output.say(f"note: {note}")


def _plain(found: Sequence[Check]) -> list[dict[str, object]]:
    return [one.model_dump(mode="json") for one in found]
