# SPDX-License-Identifier: AGPL-3.0-or-later
"""An evaluation on the terminal."""

from __future__ import annotations

from inspector.cli.output import Output
from training.evaluation.counts import Counts
from training.evaluation.latency import Latency
from training.evaluation.pictures import Source
from training.evaluation.report import NO_CLASS, Report

THING = {"part": "parts", "picture": "pictures"}


def headline(report: Report) -> list[tuple[str, str]]:
    """The two figures that matter, in words."""
    thing = THING[report.by]
    return [
        (f"bad {thing}", report.missed.words("missed")),
        (f"good {thing}", report.false_rejects.words("falsely rejected")),
    ]


def by_class(report: Report) -> list[tuple[str, Counts, Counts, Counts]]:
    """Of each class what was missed, falsely rejected, and not named."""
    none = Counts()
    return [
        (
            name,
            report.missed_by_class.get(name, none),
            report.false_rejects_by_class.get(name, none),
            report.unnamed.get(name, none),
        )
        for name in report.confusion.classes(report.classes)
    ]


def show(output: Output, report: Report, source: Source, latency: Latency, title: str) -> None:
    """Tell people what was found."""
    output.say(f"{title}; {source.told}")
    for what, words in headline(report):
        output.say(f"{what}: {words}", style="bold")
    thing = THING[report.by]
    rows = [(name, *(one.short() for one in counts)) for name, *counts in by_class(report)]
    rows.append((NO_CLASS, "-", report.false_rejects_by_class.get(NO_CLASS, Counts()).short(), "-"))
    header = ("class", f"bad {thing} missed", f"good {thing} rejected", "defects not named")
    output.table("By class: errors, and the bound of their rate at 95 %", header, rows)
    if report.serial_unread.trials:
        output.say(f"serials: {report.serial_unread.words('not read')}")
    curves = [(one.name, one.labels, f"{one.ap50:.3f}", f"{one.ap50_95:.3f}") for one in report.curves]
    if curves:
        total = sum(one.labels for one in report.curves)
        curves.append(("mean", total, f"{report.map50:.3f}", f"{report.map50_95:.3f}"))
        output.table("Average precision of boxes", ("class", "labels", "mAP50", "mAP50-95"), curves)
    output.say(latency_words(latency))
    for note in source.notes:
        output.say(f"note: {note}")


def latency_words(latency: Latency) -> str:
    """What judging took, and on what."""
    by = latency.judged_by
    runtime = f"{by['backend']} {by['version']}, {by['precision']}"
    tail = "" if latency.enough else "; fewer than 100 runs say little about the 99th percentile"
    return (
        f"judging took p50 {latency.p50_ms:.1f} ms, p99 {latency.p99_ms:.1f} ms in {latency.runs} runs on {runtime}, "
        f"{by['threads']} threads, {latency.machine}{tail}"
    )
