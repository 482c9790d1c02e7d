# SPDX-License-Identifier: AGPL-3.0-or-later
"""The drawings of a report, as SVG: rates with their bounds, precision over recall, cost over the limit, boxes."""

from __future__ import annotations

from base64 import b64encode

from inspector.part import Detection
from training.evaluation.boxes import Box, box_px, overlap
from training.evaluation.counts import Counts
from training.evaluation.limits import Choice
from training.evaluation.markup import Node, node
from training.evaluation.measure import Seen
from training.evaluation.precision import Curve

_WIDE, _HIGH = 260, 164
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 8, 6, 30


def bar(counts: Counts, largest: float) -> Node:
    """A rate as a dot, from its lower to its upper bound a line; `largest` (0..1) is the right end."""
    wide, high = 120, 12
    scale = wide / max(largest, 1e-9)
    low, high_end, at = (min(value * scale, wide) for value in (counts.lower, counts.upper, counts.rate))
    title = f"rate {counts.rate:.2%}, bounds {counts.lower:.2%} and {counts.upper:.2%}"
    return node(
        "svg",
        node("line", x1=0, x2=wide, y1=high / 2, y2=high / 2, class_="scale"),
        node("line", x1=f"{low:.1f}", x2=f"{high_end:.1f}", y1=high / 2, y2=high / 2, class_="range"),
        node("circle", cx=f"{at:.1f}", cy=high / 2, r=3.5, class_="rate"),
        viewBox=f"-5 0 {wide + 10} {high}",
        width=wide + 10,
        height=high,
        role="img",
        aria_label=title,
    )


def precision_chart(curve: Curve) -> Node:
    """Precision over recall of one class, at an overlap of 0.5."""
    points = [(0.0, 1.0 if not len(curve.precision) else float(curve.precision[0]))]
    points += [(float(r), float(p)) for r, p in zip(curve.recall, curve.precision, strict=True)]
    drawn = _thinned([(_x(recall), _y(precision)) for recall, precision in points])
    return _chart(
        f"{curve.name}: {curve.ap50:.3f}",
        "recall",
        [("0", _x(0)), ("0.5", _x(0.5)), ("1", _x(1))],
        [("0", _y(0)), ("0.5", _y(0.5)), ("1", _y(1))],
        _line(drawn, "curve"),
    )


def cost_chart(choice: Choice, currency: str) -> Node:
    """Expected cost over the limit of one class, with the limit that was chosen and the recipe's."""
    costs = [point.cost for point in choice.points]
    top = max(*costs, choice.before.cost) or 1.0
    drawn = [(_x(point.limit_ppm / 1e6), _y(point.cost / top)) for point in choice.points]
    marks = [_mark(choice.chosen.limit_ppm, "chosen")]
    if choice.before_ppm is not None:
        marks.append(_mark(choice.before_ppm, "before"))
    return _chart(
        f"{choice.name}: {choice.chosen.limit_ppm / 1e6:.2f}",
        "limit of the score",
        [("0", _x(0)), ("0.5", _x(0.5)), ("1", _x(1))],
        [("0", _y(0)), (f"{top:.3g} {currency}".strip(), _y(1))],
        *marks,
        _line(drawn, "curve"),
    )


def _mark(limit_ppm: int, class_: str) -> Node:
    at = f"{_x(limit_ppm / 1e6):.1f}"
    return node("line", x1=at, x2=at, y1=_TOP, y2=_HIGH - _BOTTOM, class_=class_)


def _x(share: float) -> float:
    return _LEFT + share * (_WIDE - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HIGH - _BOTTOM - share * (_HIGH - _TOP - _BOTTOM)


def _line(points: list[tuple[float, float]], class_: str) -> Node:
    return node("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=class_)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without points that lie where the one before lies, to a tenth of a unit: a curve may have 100,000."""
    kept = points[:1]
    for x, y in points[1:]:
        if abs(x - kept[-1][0]) >= 0.1 or abs(y - kept[-1][1]) >= 0.1:
            kept.append((x, y))
    return kept


def _chart(
    title: str, below: str, x_marks: list[tuple[str, float]], y_marks: list[tuple[str, float]], *drawn: Node
) -> Node:
    labels = [node("text", text, x=f"{at:.1f}", y=_HIGH - _BOTTOM + 13, text_anchor="middle") for text, at in x_marks]
    labels += [node("text", text, x=_LEFT - 4, y=f"{at + 3:.1f}", text_anchor="end") for text, at in y_marks]
    frame = node("rect", x=_LEFT, y=_TOP, width=_WIDE - _LEFT - _RIGHT, height=_HIGH - _TOP - _BOTTOM, class_="frame")
    svg = node(
        "svg",
        frame,
        *labels,
        node("text", below, x=(_LEFT + _WIDE - _RIGHT) / 2, y=_HIGH - 3, text_anchor="middle"),
        *drawn,
        viewBox=f"0 0 {_WIDE} {_HIGH}",
        role="img",
        aria_label=title,
    )
    return node("div", node("div", title, class_="title"), svg, class_="chart")


def picture(view: Seen) -> Node:
    """A picture with the boxes of its labels (solid) and of what was found (dashed; thin if no rule counts it).

    Where words would cover others, those of the label and of the surer finding are kept.
    """
    counting = set(view.counting)
    boxes = [(box, name, "label") for name, box in view.defects]
    boxes += [(box_px(one), score_words(one), "found" if one in counting else "weak") for one in view.findings]
    return drawing(view.jpeg or b"", view.size, boxes, view.name)


def drawing(jpeg: bytes, size: tuple[int, int], boxes: list[tuple[Box, str, str]], told: str) -> Node:
    """A picture with boxes.

    Args:
        jpeg: The picture.
        size: Width and height of what the boxes are drawn on.
        boxes: Box, words and class of each, the most important first: `label` (solid) or `found` (dashed), or with
            thin lines `label-weak` or `weak`.
        told: What it shows, for who cannot see it.
    """
    wide, high = size
    unit = max(wide, high) / 320
    href = "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")
    image = node("image", href=href, x=0, y=0, width=wide, height=high, preserveAspectRatio="none")
    frames = [_frame(box, class_, unit) for box, _, class_ in reversed(boxes)]  # labels on top
    return node(
        "svg",
        image,
        *frames,
        *_names(boxes, unit, size),
        viewBox=f"0 0 {wide} {high}",
        class_="picture",
        role="img",
        aria_label=told,
    )


def score_words(one: Detection) -> str:
    """Class and score."""
    return f"{one.class_name} {one.score_ppm / 1e6:.2f}"


def _frame(box: Box, class_: str, unit: float) -> Node:
    x1, y1, x2, y2 = box
    dashes = {} if class_.startswith("label") else {"stroke_dasharray": f"{5 * unit:.1f} {3 * unit:.1f}"}
    width = (1.0 if class_.endswith("weak") else 2.0) * unit
    sides = {"x": f"{x1:.1f}", "y": f"{y1:.1f}", "width": f"{x2 - x1:.1f}", "height": f"{y2 - y1:.1f}"}
    return node("rect", **sides, **dashes, stroke_width=f"{width:.2f}", class_=class_)


def _names(boxes: list[tuple[Box, str, str]], unit: float, picture_size: tuple[int, int]) -> list[Node]:
    """The words of boxes: of labels above, of findings below, inside of the picture in any case."""
    size = 11 * unit
    taken: list[Box] = []
    made = []
    for (x1, y1, x2, y2), text, class_ in boxes:
        y = min(max(y1 - 3 * unit if class_.startswith("label") else y2 + size, size), picture_size[1] - 2 * unit)
        right = x1 > picture_size[0] * 0.6
        wide = 0.62 * size * len(text)
        left = x2 - wide if right else x1
        place = (left, y - size, left + wide, y)
        if any(overlap(place, other) > 0 for other in taken):
            continue
        taken.append(place)
        at = {"x": f"{x2 if right else x1:.1f}", "y": f"{y:.1f}", "text_anchor": "end" if right else "start"}
        font = {"font_size": f"{size:.1f}", "stroke_width": f"{3 * unit:.1f}"}
        made.append(node("text", text, **at, **font, class_=class_))
    return made
