# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report of the demonstration's model: a document of figures, the page made of nothing else, and its picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from inspector.detect.package import ModelPackage
from inspector.recipe import Recipe
from training.evaluation.confusion import BACKGROUND, NOTHING
from training.evaluation.counts import Counts
from training.evaluation.report import NO_CLASS, Report
from training.synth import CLASS_NAMES, render_part
from training.synth.part import GENERATOR_VERSION

Document = dict[str, Any]
KIND = "inspector-demo-model"
COMMAND = "make demo-model"
FIGURES = (
    "missed",
    "false_rejects",
    "missed_by_class",
    "missed_showing_class",
    "false_rejects_by_class",
    "serial_unread",
    "confusion",
    "boxes",
    "at_limit",
    "wrong",
)
TILE_PX, COLUMNS, JPEG_QUALITY = 180, 6, 80
MOST_TILES = 30
_INK, _RED, _PAPER = (30, 30, 30), (40, 40, 200), 245


def document_of(package: ModelPackage, recipe: Recipe, report: Report, seed: int) -> Document:
    """The figures as plain values: nothing in it depends on when or how fast it was measured."""
    found = report.as_json()
    return {
        "kind": KIND,
        "model": {"name": package.name, "version": package.version, "digest": package.digest},
        "recipe": {"name": recipe.name, "version": recipe.version, "digest": recipe.digest},
        "batch": {"seed": seed, "generator": GENERATOR_VERSION, "parts_of_each": report.missed.trials},
        **{name: found[name] for name in FIGURES},
    }


def as_bytes(document: Document) -> bytes:
    """The document as it is kept."""
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode("utf-8")


def as_markdown(document: Document) -> str:
    """The page."""
    batch, model, recipe = document["batch"], document["model"], document["recipe"]
    number = batch["parts_of_each"]
    rows = [("bad parts missed", document["missed"]), ("good parts falsely rejected", document["false_rejects"])]
    alone = document["missed_by_class"]
    rows += [(f"missed, {_plain(name)} alone", alone[name]) for name in CLASS_NAMES if name in alone]
    rows.append(("DataMatrix not read", document["serial_unread"]))
    lines = [
        "# The demonstration's model: what it reaches",
        "",
        f"Written by `{COMMAND}` from [demo-model.json](demo-model.json); do not edit it.",
        "",
        f"Model {model['name']} {model['version']} (`{model['digest'][:16]}`), recipe {recipe['name']}"
        f" {recipe['version']} (`{recipe['digest'][:16]}`), {number:,} bad and {number:,} good rendered parts of batch"
        f" {batch['seed']} (generator {batch['generator']}), on which",
        "nothing was trained and no limit was chosen. They show what the chain can measure; they say nothing about"
        " castings.",
        "",
        "| | errors | parts | 95 % upper bound |",
        "|---|---|---|---|",
        *(f"| {words} | {one['errors']} | {one['trials']:,} | {_bound(one)} |" for words, one in rows),
        "",
        "A bound is one-sided and exact (Clopper-Pearson), rounded up. A part that shows one kind of defect counts"
        " under it.",
        "",
        "## By class",
        "",
        "| class | missed, alone or with others | good parts rejected by it | AP50 | AP50-95 |",
        "|---|---|---|---|---|",
        *_by_class(document),
        "",
        "## Labels against findings",
        "",
        "Rows are labels, columns the findings that the recipe counts; `background`: a finding without a label,"
        " `nothing`: a label without a finding.",
        "",
        *_confusion(document["confusion"]),
        "",
        "## One limit for all classes",
        "",
        "The same parts, any finding from this score on, no other rule.",
        "",
        "| score | missed | falsely rejected |",
        "|---|---|---|",
        *(
            f"| {limit} | {_short(one['missed'])} | {_short(one['false_rejects'])} |"
            for limit, one in _limits(document)
        ),
        "",
        *_errors(document),
    ]
    return "\n".join(lines) + "\n"


def _limits(document: Document) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(document["at_limit"].items())


def _by_class(document: Document) -> list[str]:
    boxes, lines = document["boxes"], []
    for name in CLASS_NAMES:
        if name not in boxes["by_class"]:
            continue
        missed = _short(document["missed_showing_class"].get(name))
        rejected = _short(document["false_rejects_by_class"].get(name))
        curve = boxes["by_class"][name]
        lines.append(f"| {_plain(name)} | {missed} | {rejected} | {curve['ap50']:.3f} | {curve['ap50_95']:.3f} |")
    lines.append(f"| no finding | - | {_short(document['false_rejects_by_class'].get(NO_CLASS))} | - | - |")
    lines.append(f"| mean (mAP) | - | - | {boxes['map50']:.3f} | {boxes['map50_95']:.3f} |")
    return lines


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> list[str]:
    columns = [*CLASS_NAMES, NOTHING]
    lines = [f"| | {' | '.join(map(_plain, columns))} |", "|---|" + "---|" * len(columns)]
    for label in (*CLASS_NAMES, BACKGROUND):
        row = confusion.get(label, {})
        lines.append(f"| {_plain(label)} | {' | '.join(str(row.get(name, 0)) for name in columns)} |")
    return lines


def _errors(document: Document) -> list[str]:
    wrong = document["wrong"]
    if not wrong:
        return ["## Every error", "", "There was none."]
    lines = ["## Every error", "", "| part | what | verdict |", "|---|---|---|"]
    for unit in wrong:
        said = unit["pictures"][0]
        why = f"{said['verdict']} {said['reason']}".strip().replace("|", "/")
        lines.append(f"| {unit['name']} | {'missed' if unit['missed'] else 'falsely rejected'} | {why} |")
    shown = min(len(wrong), MOST_TILES)
    words = "All of them" if shown == len(wrong) else f"The first {shown}"
    return [*lines, "", f"{words}, with the labelled defects:", "", "![errors](images/demo-model-errors.jpg)"]


def draw_errors(document: Document) -> bytes:
    """A sheet of the parts that were judged wrongly, rendered anew, with the boxes of their defects: a JPEG."""
    wrong = document["wrong"][:MOST_TILES]
    rows = max(1, -(-len(wrong) // COLUMNS))
    tall = TILE_PX + 22
    sheet = np.full((rows * tall, COLUMNS * TILE_PX, 3), _PAPER, np.uint8)
    for number, unit in enumerate(wrong):
        seed, index = (int(word) for word in unit["name"].split("-"))
        part = render_part(seed, index, good=not unit["missed"])
        picture = cv2.cvtColor(part.image, cv2.COLOR_GRAY2BGR)
        for defect in part.defects:
            x1, y1, x2, y2 = (round(value) for value in defect.box)
            cv2.rectangle(picture, (x1, y1), (x2, y2), _RED, 4)
        y, x = number // COLUMNS * tall, number % COLUMNS * TILE_PX
        small = cv2.resize(picture, (TILE_PX - 4, TILE_PX - 4), interpolation=cv2.INTER_AREA)
        sheet[y : y + TILE_PX - 4, x : x + TILE_PX - 4] = small
        words = f"{unit['name']} {'missed' if unit['missed'] else 'rejected'}"
        cv2.putText(sheet, words, (x + 4, y + TILE_PX + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
    done, data = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise OSError("OpenCV could not encode the sheet of errors")
    return bytes(data.tobytes())


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _counts(values: Mapping[str, int]) -> Counts:
    return Counts(values["errors"], values["trials"])


def _short(values: Mapping[str, int] | None) -> str:
    return "-" if values is None else _counts(values).short()


def _bound(values: Mapping[str, int]) -> str:
    return _counts(values).short().rpartition("< ")[2]
