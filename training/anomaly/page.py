# SPDX-License-Identifier: AGPL-3.0-or-later
"""A first look as one HTML file that needs nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from inspector.durable import write_durable
from inspector.errors import ConfigError
from training.anomaly.heat import heat_map, jpeg
from training.anomaly.look import FirstLook, Scored
from training.anomaly.photos import Left, Photos
from training.anomaly.words import NO_INSPECTION, WHAT_A_SCORE_IS, above_words, limit_words, usable_words
from training.evaluation.markup import Node, document, node, table

MOST_SHOWN = 100
_STYLE = """
.gallery { grid-template-columns: repeat(auto-fill, minmax(440px, 1fr)); }
.warn { border: 3px solid #b35900; border-radius: 6px; padding: 8px 14px; margin: 14px 0; font-weight: 600; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; }
.pair img { width: 100%; height: auto; display: block; }
.over figcaption b { background: #ffdfb3; padding: 0 4px; }
.dots { width: 100%; height: auto; display: block; }
.dots text { font: 12px system-ui, Arial, sans-serif; fill: #1b1f24; }
.dots .limit { stroke: #1b1f24; stroke-dasharray: 4 3; }
.dots .good { fill: #0072b2; fill-opacity: 0.55; }
.dots .new { fill: #d55e00; fill-opacity: 0.65; }
"""


def write_page(path: Path, look: FirstLook, photos: Photos, model: str, made: datetime) -> None:
    """Write the page. Raises `ConfigError` if the file cannot be written."""
    try:
        write_durable(path, page(look, photos, model, made))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Choose another file for --html") from error


def page(look: FirstLook, photos: Photos, model: str, made: datetime) -> bytes:
    """The page, UTF-8.

    Args:
        look: What was found.
        photos: What was read.
        model: Name, version and digest of the package.
        made: When, UTC.
    """
    style = files("training.evaluation").joinpath("page.css").read_text(encoding="utf-8") + _STYLE
    first = look.new[0].photo.facts
    scale = (
        f"Photos of {first.width} x {first.height} px are looked at in {look.new[0].photo.pixels.shape[1]} x"
        f" {look.new[0].photo.pixels.shape[0]}: what is smaller than a few px there is not seen."
    )
    notes = [NO_INSPECTION, WHAT_A_SCORE_IS, limit_words(look), scale]
    shown = look.new[:MOST_SHOWN]
    more = len(look.new) - len(shown)
    return document(
        "First look",
        style,
        node("h1", "First look at new photos"),
        node("p", f"{len(look.good)} photos of good parts, {len(look.new)} new ones; {above_words(look)}."),
        node(
            "p", usable_words(look) + ("." if not look.check.usable else ""), class_="" if look.check.usable else "warn"
        ),
        node("section", node("h2", "Read this first"), node("ul", *(node("li", note) for note in notes))),
        node("section", node("h2", "Where good parts end"), _dots(look)),
        node(
            "section",
            node("h2", "New photos, oddest first"),
            node("p", "Left the photo, right its heat; the ring is the hottest place. Colours mean the same in all."),
            node("div", *(_card(number, one) for number, one in enumerate(shown, 1)), class_="gallery"),
            node("p", f"{more} more are listed with --json.") if more else None,
        ),
        _list("Left out", photos.left),
        _list("Worth knowing", photos.remarks),
        node(
            "p", f"Model {model}; inspector {version('inspector-station')}; {made:%Y-%m-%d %H:%M} UTC.", class_="small"
        ),
    )


def _dots(look: FirstLook) -> Node:
    """Scores of the good photos above, of the new ones below, on one line."""
    wide, left, right = 900, 110, 20
    values = [value for _, value in look.good]
    fresh = [one.score for one in look.new]
    low, high = min(0.9, *values, *fresh) * 0.95, max(1.1, *values, *fresh) * 1.02

    def at(value: float) -> str:
        return f"{left + (value - low) / (high - low) * (wide - left - right):.1f}"

    drawn: list[Node] = [node("text", "good photos", x=0, y=24), node("text", "new photos", x=0, y=54)]
    drawn.append(node("line", x1=at(1), x2=at(1), y1=6, y2=66, class_="limit"))
    drawn += [node("circle", cx=at(value), cy=20, r=5, class_="good") for value in values]
    drawn += [node("circle", cx=at(value), cy=50, r=5, class_="new") for value in fresh]
    drawn.append(node("text", "1", x=at(1), y=80, text_anchor="middle"))
    drawn.append(node("text", f"{high:.1f}", x=at(high), y=80, text_anchor="end"))
    return node("svg", *drawn, viewBox=f"0 0 {wide} 86", class_="dots", role="img", aria_label="scores")


def _card(number: int, one: Scored) -> Node:
    pair = node("div", _image(jpeg(one.photo.pixels), "photo"), _image(jpeg(heat_map(one)), "heat"), class_="pair")
    told = node("figcaption", node("b", f"{number}. {one.score:.2f}"), " ", one.photo.name)
    return node("figure", pair, told, class_="over" if one.score > 1 else "")


def _image(data: bytes, what: str) -> Node:
    return node("img", src=f"data:image/jpeg;base64,{b64encode(data).decode('ascii')}", alt=what)


def _list(title: str, files_: Sequence[Left]) -> Node | None:
    if not files_:
        return None
    rows: list[list[Node | str]] = [[one.name, one.folder, one.why] for one in files_]
    return node("section", node("h2", title), table(["file", "folder", "why"], rows))
