# SPDX-License-Identifier: AGPL-3.0-or-later
"""What screens and other subscribers are told of a recorded part."""

from __future__ import annotations

from inspector.part import Detection, Trigger
from inspector.recipe import Recipe, counted
from inspector.station.events import Preview, boxes_document
from inspector.station.judge import PartResult, View
from inspector.station.views import worst_view
from inspector.store.writer import Appended


def part_event(trigger: Trigger, result: PartResult, appended: Appended, recipe: Recipe) -> dict[str, object]:
    """The data of a `part` event (docs/architecture.md); camera, image and boxes are of the view that explains it."""
    view = worst_view(result)
    return {
        "key": [trigger.key.line_boot, trigger.key.part_seq],
        "plc_count": trigger.plc_count,
        "seq": appended.seq,
        "t_us": appended.t_us,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "purpose": result.purpose.value,
        "serial": None if result.serial is None else result.serial.text,
        "camera": None if view is None else view.camera,
        "image": None if view is None else view.image_digest,
        "boxes": boxes_document(_counted(view, recipe)),
        "views": [
            {
                "camera": one.camera,
                "verdict": one.verdict.value,
                "reason": one.reason,
                "image": one.image_digest,
                "gate": _gate(one),
            }
            for one in result.views
        ],
    }


def previews_of(trigger: Trigger, result: PartResult, recipe: Recipe) -> list[Preview]:
    """The pictures of a part, one of each camera that has one."""
    return [
        Preview(view.camera, view.frame, _counted(view, recipe), result.verdict, trigger.key)
        for view in result.views
        if view.frame is not None
    ]


def _gate(view: View) -> dict[str, object] | None:
    if view.judgement is None:
        return None
    gate = view.judgement.gate
    return {"brightness_milli": gate.brightness_milli, "sharpness_milli": gate.sharpness_milli}


def _counted(view: View | None, recipe: Recipe) -> tuple[Detection, ...]:
    """The findings of a view that some rule of its camera counts."""
    if view is None or view.judgement is None:
        return ()
    return counted(view.judgement.detections, recipe.for_camera(view.camera))
