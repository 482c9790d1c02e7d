# SPDX-License-Identifier: AGPL-3.0-or-later
"""HTML and SVG as a tree, so that nothing that comes from a file can be anything but text."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree  # builds only; nothing is parsed with it

Node = ElementTree.Element
_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def node(tag: str, *children: Node | str | None, **attributes: object) -> Node:
    """An element.

    Args:
        tag: Its name.
        children: Elements and text, in order; None is left out.
        attributes: A trailing underscore is dropped (`class_`), others become hyphens.
    """
    names = {name.rstrip("_").replace("_", "-"): clean(str(value)) for name, value in attributes.items()}
    made = ElementTree.Element(tag, names)
    last: Node | None = None
    for child in children:
        if isinstance(child, str):
            if last is None:
                made.text = (made.text or "") + clean(child)
            else:
                last.tail = (last.tail or "") + clean(child)
        elif child is not None:
            made.append(child)
            last = child
    return made


def clean(text: str) -> str:
    """Text that can be shown: control characters, halves of characters and what turns the direction become U+FFFD."""
    return "".join("\ufffd" if _hidden(symbol) else symbol for symbol in text)


def _hidden(symbol: str) -> bool:
    return (symbol not in "\n\t" and unicodedata.category(symbol) in ("Cc", "Cs")) or symbol in _TURNS_TEXT


def document(title: str, style: str, *children: Node | None) -> bytes:
    """A whole page that loads nothing and runs nothing, UTF-8.

    Args:
        title: Of the page.
        style: CSS; our own, it is not escaped.
        children: Of the body.
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    sheet = ElementTree.Element("style")
    sheet.text = style
    head = node(
        "head",
        node("meta", charset="utf-8"),
        node("meta", http_equiv="Content-Security-Policy", content=policy),
        node("meta", name="viewport", content="width=device-width, initial-scale=1"),
        node("title", title),
        sheet,
    )
    page = node("html", head, node("body", *children), lang="en")
    return b"<!DOCTYPE html>\n" + ElementTree.tostring(page, encoding="unicode", method="html").encode("utf-8") + b"\n"


def table(header: list[str], rows: list[list[Node | str]], class_: str = "") -> Node:
    """A table; the first cell of each row is its name."""
    head = node("thead", node("tr", *(node("th", name, scope="col") for name in header)))
    body = [node("tr", node("th", first, scope="row"), *(_cell(cell) for cell in cells)) for first, *cells in rows]
    return node("table", head, node("tbody", *body), class_=class_)


def _cell(content: Node | str) -> Node:
    return content if isinstance(content, ElementTree.Element) and content.tag == "td" else node("td", content)
