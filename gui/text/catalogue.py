# SPDX-License-Identifier: AGPL-3.0-or-later
"""Translations as Qt writes them: files that end with .ts, read as they are, without a step that compiles them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gui.text import CONTEXT

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
NAMES = {"de": "de_DE"}


@dataclass(frozen=True)
class Message:
    """One text and its translation.

    Attributes:
        source: The English text; in the context "reasons" the code of a reason.
        note: Tells texts apart that are the same in English.
        translation: Empty while nobody has translated it.
        context: Kind of text.
    """

    source: str
    note: str = ""
    translation: str = ""
    context: str = CONTEXT

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies it."""
        return self.context, self.source, self.note


def read_messages(path: Path) -> list[Message]:
    """The messages of one file, also those that are not finished.

    Raises:
        OSError: The file cannot be read.
        ElementTree.ParseError: It is no XML.
    """
    found = []
    root = ElementTree.parse(path).getroot()  # noqa: S314 - a file of this program
    for context in root.iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            translation = message.find("translation")
            text = "" if translation is None else translation.text or ""
            source, note = message.findtext("source", ""), message.findtext("comment", "")
            found.append(Message(source, note, text, name))
    return found


def write_messages(path: Path, language: str, messages: Iterable[Message]) -> None:
    """Write a file as Qt Linguist does.

    Raises:
        OSError: It cannot be written.
    """
    root = ElementTree.Element("TS", version="2.1", language=NAMES[language], sourcelanguage="en")
    contexts: dict[str, ElementTree.Element] = {}
    for message in messages:
        if message.context not in contexts:
            context = ElementTree.SubElement(root, "context")
            ElementTree.SubElement(context, "name").text = message.context
            contexts[message.context] = context
        element = ElementTree.SubElement(contexts[message.context], "message")
        ElementTree.SubElement(element, "source").text = message.source
        if message.note:
            ElementTree.SubElement(element, "comment").text = message.note
        translation = ElementTree.SubElement(element, "translation")
        translation.text = message.translation
        if not message.translation:
            translation.set("type", "unfinished")
    ElementTree.indent(root, "    ")
    path.write_text(HEAD + ElementTree.tostring(root, encoding="unicode") + "\n", encoding="utf-8")
