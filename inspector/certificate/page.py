# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lays a certificate out as PDF. The same facts give the same bytes, on every machine with the same versions."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from inspector.certificate.facts import Facts, Section

FONT, BOLD = "Vera", "VeraBd"
"""Bitstream Vera, which comes with reportlab and is embedded: the page looks alike everywhere."""

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
CELL_PADDING = 4
FOOTNOTE = (
    "Characters that this paper's font does not have are written as <U+number>; the proof file holds them as they are."
)
_GREY, _AMBER = HexColor("#555555"), HexColor("#8a5200")
_BODY = ParagraphStyle("body", fontName=FONT, fontSize=8.5, leading=11.5, spaceAfter=3)
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=7, leading=9, splitLongWords=True)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName=BOLD)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=18, leading=24, spaceAfter=2)
_HEADING = ParagraphStyle(
    "heading", fontName=BOLD, fontSize=11, leading=14, spaceBefore=8, spaceAfter=3, keepWithNext=True
)
_SIMULATED = ParagraphStyle("simulated", parent=_BODY, fontName=BOLD, fontSize=11, leading=15, textColor=_AMBER)
_LINES = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, _GREY),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, HexColor("#cccccc")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("FONT", (0, 0), (-1, -1), FONT, _CELL.fontSize, _CELL.leading),
    ]
)


class _Glyphs:
    """Text in the letters that the font has."""

    def __init__(self) -> None:
        for name in (FONT, BOLD):
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
        self._known = pdfmetrics.getFont(FONT).face.charToGlyph
        self.missing = False

    def visible(self, text: str) -> str:
        """The text, with a number in place of each letter that would not show."""
        shown = "".join(letter if self._shows(letter) else f"<U+{ord(letter):04X}>" for letter in text)
        self.missing = self.missing or shown != text
        return shown

    def _shows(self, letter: str) -> bool:
        return letter.isprintable() and ord(letter) in self._known

    def markup(self, text: str) -> str:
        """The same for a paragraph; line ends stay."""
        return "<br/>".join(escape(self.visible(line)) for line in text.split("\n"))


def certificate_pdf(facts: Facts) -> bytes:
    """The certificate, A4, with its font in it, and SIMULATED on every page where it is."""
    glyphs = _Glyphs()
    story: list[Any] = [
        Paragraph("Inspection certificate", _TITLE),
        Paragraph(f"Lot {glyphs.markup(facts.lot)}, station {glyphs.markup(facts.station)}", _BODY),
    ]
    if facts.simulated:
        story.append(Paragraph("SIMULATED: camera or line were simulated. This shows no real part.", _SIMULATED))
    for section in facts.sections:
        story.extend(_section(section, glyphs))
    if glyphs.missing:
        story.append(Paragraph(escape(FOOTNOTE), _BODY))
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"Inspection certificate, lot {facts.lot}",
        author=f"station {facts.station}",
        invariant=1,  # no time of printing, no random identity
    )
    foot = glyphs.visible(f"Lot {facts.lot}, station {facts.station}") + (" - SIMULATED" if facts.simulated else "")

    def frame(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 7)
        canvas.setFillColor(_GREY)
        canvas.drawString(MARGIN, 10 * mm, foot)
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, f"page {page.page}")
        canvas.restoreState()

    document.build(story, onFirstPage=frame, onLaterPages=frame)
    return buffer.getvalue()


def _section(section: Section, glyphs: _Glyphs) -> list[Any]:
    parts: list[Any] = [Paragraph(glyphs.markup(section.title), _HEADING)]
    parts.extend(Paragraph(glyphs.markup(words), _BODY) for words in section.words)
    if section.rows:
        parts.append(_table(section.rows, section.widths, glyphs))
        parts.append(Spacer(0, 2 * mm))
    return parts


def _table(rows: Sequence[Sequence[str]], widths: Sequence[int], glyphs: _Glyphs) -> LongTable:
    head, *body = rows
    shares = [WIDTH * share / sum(widths) for share in widths]
    cells: list[list[Any]] = [[Paragraph(glyphs.markup(text), _HEAD) for text in head]]
    cells.extend([_cell(text, share, glyphs) for text, share in zip(row, shares, strict=True)] for row in body)
    table = LongTable(cells, colWidths=shares, repeatRows=1, hAlign="LEFT")
    table.setStyle(_LINES)
    return table


def _cell(text: str, width: float, glyphs: _Glyphs) -> Any:
    """Text as it is where it fits on one line, which is several times quicker; else a paragraph that wraps."""
    shown = glyphs.visible(text)
    if "\n" not in text and pdfmetrics.stringWidth(shown, FONT, _CELL.fontSize) < width - CELL_PADDING:
        return shown
    return Paragraph(glyphs.markup(text), _CELL)
