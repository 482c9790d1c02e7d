# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `inspector drift` says: tables for people, one document for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from inspector.cli.output import Output
from training.drift.baseline import Baseline, LeftOut
from training.drift.compare import MEASURES, Comparison, Rate, rate_before, rate_now
from training.drift.psi import FALSE_ALARMS
from training.drift.tally import CameraTally, Tally

MARKS = {"some": " !", "much": " !!", "chance": " ?", "none": ""}
SHORT = 12


def minute(t_us: int) -> str:
    """A time for people, UTC."""
    return datetime.fromtimestamp(t_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")


def rate_words(rate: Rate) -> str:
    """A rate with its bounds."""
    if not rate.parts:
        return "no part was judged"
    low, high = rate.bounds
    share = rate.rejected / rate.parts
    return f"{rate.rejected} of {rate.parts} ({share:.2%}; 95 %: {low:.2%} to {high:.2%})"


def tell_baseline(output: Output, baseline: Baseline) -> None:
    """A new baseline, for people."""
    rows = [
        (
            camera.name,
            camera.brightness.total,
            f"{camera.brightness.mean / 1e3:.1f}",
            f"{camera.sharpness.mean / 1e3:.1f}",
            f"{1 - camera.classes.nothing / camera.score.total:.2%}",
        )
        for camera in baseline.cameras
    ]
    output.table("Baseline", ("camera", "pictures", "brightness", "sharpness", "with findings"), rows)
    output.say(
        f"{baseline.parts} parts, records {baseline.first_record} to {baseline.last_record}, "
        f"{minute(baseline.first_us)} to {minute(baseline.last_us)} UTC"
    )
    output.say(f"model {baseline.model[:SHORT]}, recipe {baseline.recipe[:SHORT]}")
    output.say(f"rejects: {rate_words(rate_before(baseline))}")
    left, views = baseline.left_out, [camera.left_out for camera in baseline.cameras]
    earlier = f"left out: {left.earlier_rules} parts of earlier models or recipes; "
    _say_left_out(output, (left.test_parts, left.no_rules), views, earlier if left.earlier_rules else "left out: ")


def tell_check(output: Output, tally: Tally, found: Sequence[Comparison]) -> None:
    """The comparison of a whole span, for people."""
    header = ("camera, measure", "parts", "PSI", "chance", "limit", "drift", "before", "now")
    title = f"Drift against records {tally.baseline.first_record} to {tally.baseline.last_record}"
    output.table(title, header, [_row(one) for one in found])
    output.say(
        "PSI below 0.1: none; to 0.25: some (!); above: much (!!). chance: what unchanged parts give on the average; "
        f"limit: below it there is no alarm. At most {FALSE_ALARMS:.0%} of checks of unchanged parts alarm."
    )
    tell_moved(output, found)
    output.say(f"rejects before: {rate_words(rate_before(tally.baseline))}")
    output.say(f"rejects now:    {rate_words(rate_now(tally))}")
    _tell_left_out(output, tally)


def _row(one: Comparison) -> tuple[object, ...]:
    digits = 3 if one.measure == "score" else 1
    means = ["-" if mean is None else f"{mean:.{digits}f}" for mean in (one.mean_before, one.mean_now)]
    name = f"{one.camera}, {one.measure}"
    if one.psi is None:
        return name, one.now, "-", "-", "-", "too few", *means
    drift = f"{one.reading}{MARKS[str(one.reading)]}"
    return name, one.now, f"{one.psi:.3f}", f"{one.expected:.3f}", f"{one.limit:.3f}", drift, *means


def tell_moved(output: Output, found: Sequence[Comparison]) -> None:
    """Where on its scale each measure that drifts has moved."""
    for one in found:
        if one.drifts and one.moved is not None:
            label, before, now = one.moved
            output.say(f"{one.measure} of camera {one.camera}: {label}: {before:.1%} before, {now:.1%} now")


def _tell_left_out(output: Output, tally: Tally) -> None:
    _say_left_out(output, (tally.test_parts, tally.no_rules), list(tally.cameras.values()))
    for other in tally.other_rules.values():
        output.say(
            f"not compared: {other.parts} parts (records {other.first_record} to {other.last_record}) judged by "
            f"model {other.model[:SHORT]} and recipe {other.recipe[:SHORT]}, which are not the baseline's",
            style="yellow",
        )
    if tally.more_rules:
        output.say(f"not compared: {tally.more_rules} parts of still other models or recipes", style="yellow")
    if tally.last_other:
        output.say("The newest part was judged by another model or recipe: make a new baseline", style="bold yellow")
    for name, views in sorted(tally.other_cameras.items()):
        output.say(f"not compared: {views} views of camera {name}, which the baseline does not have", style="yellow")
    if tally.in_baseline:
        output.say(f"{tally.in_baseline} of {tally.parts} parts are those of the baseline itself", style="yellow")


def _say_left_out(
    output: Output, parts: tuple[int, int], views: Sequence[LeftOut | CameraTally], begin: str = "left out: "
) -> None:
    tests, unjudged = parts
    output.say(
        f"{begin}{tests} test parts, {unjudged} parts that nobody judged, "
        f"{sum(one.no_image for one in views)} views without a picture, {sum(one.not_judged for one in views)} not "
        f"judged; {sum(one.gate_failed for one in views)} refused by the image gate count for light and sharpness only"
    )


def tell_groups(output: Output, by: str, groups: Mapping[str, tuple[Tally, Sequence[Comparison]]]) -> None:
    """Drift by shift or hour, for people."""
    rows = []
    for name, (tally, found) in groups.items():
        rate = rate_now(tally)
        share = f"{rate.rejected / rate.parts:.2%}" if rate.parts else "-"
        for camera in tally.cameras:
            values = {one.measure: _short(one) for one in found if one.camera == camera}
            rows.append((name, camera, tally.parts, *(values[measure] for measure in MEASURES), share))
    output.table(
        f"By {by} (PSI; ! some, !! much, ? within chance)", (by, "camera", "parts", *MEASURES, "rejects"), rows
    )


def _short(one: Comparison) -> str:
    return "too few" if one.psi is None else f"{one.psi:.3f}{MARKS[str(one.reading)]}"


def check_document(tally: Tally, found: Sequence[Comparison]) -> dict[str, object]:
    """The comparison of a span, for scripts."""
    return {
        "parts": tally.parts,
        "rejects": _rate_document(rate_now(tally)),
        "compared": sum(one.psi is not None for one in found),
        "comparisons": [asdict(one) for one in found],
        "in_baseline": tally.in_baseline,
        "left_out": {
            "test_parts": tally.test_parts,
            "no_rules": tally.no_rules,
            "other_rules": [asdict(other) for other in tally.other_rules.values()],
            "more_rules": tally.more_rules,
            "other_cameras": dict(sorted(tally.other_cameras.items())),
            "views": {
                name: {"no_image": one.no_image, "not_judged": one.not_judged, "gate_failed": one.gate_failed}
                for name, one in tally.cameras.items()
            },
        },
        "new_classes": {name: dict(sorted(one.new.items())) for name, one in tally.cameras.items()},
    }


def baseline_document(baseline: Baseline) -> dict[str, object]:
    """What a comparison is with, for scripts."""
    return {
        "model": baseline.model,
        "recipe": baseline.recipe,
        "first_record": baseline.first_record,
        "last_record": baseline.last_record,
        "parts": baseline.parts,
        "rejects": _rate_document(rate_before(baseline)),
    }


def _rate_document(rate: Rate) -> dict[str, object]:
    low, high = rate.bounds
    return {"rejected": rate.rejected, "parts": rate.parts, "lower": low, "upper": high}
