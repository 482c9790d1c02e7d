# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fields, buttons and rows of what people type into: large enough for gloves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from gui.widgets.palette import ACTION_BLUE, BACKGROUND, EDGE, INK, PANEL, PAPER, SOFT_INK, WELL

SECRET_LENGTH = 200


def field(hint: str, length: int) -> QLineEdit:
    """A line to type into; the hint says what."""
    line = QLineEdit()
    line.setPlaceholderText(hint)
    line.setAccessibleName(hint)
    line.setMaxLength(length)
    line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    return line


def secret_field() -> QLineEdit:
    """A line for a password or PIN; there only where the station asks for one."""
    line = field("Password or PIN", SECRET_LENGTH)
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setVisible(False)
    return line


def button(text: str, kind: str) -> QPushButton:
    """A button; `kind` is "primary" for the step to take, or "plain"."""
    key = QPushButton(text)
    key.setProperty("kind", kind)
    key.setAutoDefault(True)
    return key


def row(widgets: list[QWidget | None]) -> QWidget:
    """Widgets side by side; None is free space."""
    bar = QWidget()
    layout = QHBoxLayout(bar)
    layout.setContentsMargins(12, 0, 12, 0)
    layout.setSpacing(12)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        else:
            layout.addWidget(widget, 2 if isinstance(widget, QLineEdit) else 0)
    return bar


def style(frame: str, text_px: int, gap_px: int) -> str:
    """The style sheet; `frame` names the class of the widget that gets the frame."""
    return f"""
    {frame} {{ background: {PANEL.name()}; border: 1px solid {EDGE.name()}; }}
    QWidget {{ font-size: {text_px}px; color: {INK.name()}; }}
    QLabel {{ padding: 0 {gap_px}px; }}
    QLineEdit {{ background: {PAPER.name()}; border: 2px solid {WELL.name()}; padding: 0 {gap_px}px;
        font-size: {round(text_px * 1.15)}px; }}
    QLineEdit:focus {{ border: 3px solid {ACTION_BLUE.name()}; }}
    QPushButton {{ background: {BACKGROUND.name()}; border: 2px solid {SOFT_INK.name()}; padding: 0 {gap_px * 2}px;
        font-weight: bold; }}
    QPushButton:pressed {{ background: {WELL.name()}; }}
    QPushButton:checked {{ background: {PAPER.name()}; border: 4px solid {INK.name()}; }}
    QPushButton:focus {{ border: 3px solid {INK.name()}; }}
    QPushButton[kind="primary"] {{ background: {ACTION_BLUE.name()}; color: {PAPER.name()};
        border-color: {ACTION_BLUE.name()}; }}
    QPushButton:disabled {{ background: {PANEL.name()}; color: #6B7378; border: 2px solid {EDGE.name()}; }}
    """
