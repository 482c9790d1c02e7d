# SPDX-License-Identifier: AGPL-3.0-or-later
"""The languages of the screens, and which one is shown: changed at run time, for all widgets at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from gui.text.catalogue import read_messages
from gui.text.sources import texts

SOURCE = "en"
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Code and own name, in the order in which the key goes through them."""
PSEUDO = "pseudo"
"""For tests: what every text becomes when it is accented, longer and in brackets."""

HERE = Path(__file__).parent
LONGER = 0.4
PADDING = "ó"
ACCENTED = str.maketrans("aceinosuyzACEINOSUYZ", "áçéíñóšúýžÁÇÉÍÑÓŠÚÝŽ")
Key = tuple[str, str, str]


class Translator(QTranslator):
    """Looks a text up; what it does not have stays English.

    Args:
        messages: Translation by context, source and note.
    """

    def __init__(self, messages: Mapping[Key, str]) -> None:
        super().__init__()
        self._messages = messages

    def isEmpty(self) -> bool:
        """Qt asks nobody who says yes."""
        return False

    def translate(self, context: str, source: str, note: str | None = None, _number: int = -1) -> str:
        return self._messages.get((context, source, note or ""), source)

    def has(self, context: str, source: str) -> bool:
        """Whether there is a translation."""
        return (context, source, "") in self._messages


class PseudoTranslator(Translator):
    """Makes texts that show whether a screen translates all it says, and has room for longer words."""

    def __init__(self) -> None:
        known = (message for messages in texts().values() for message in messages)
        super().__init__({message.key: pseudo(message.source) for message in known})


def pseudo(source: str) -> str:
    """Accented, 40 % longer, in brackets; places of values stay as they are."""
    parts = source.replace("{", "\0{").replace("}", "}\0").split("\0")
    letters = "".join(part if part.startswith("{") else part.translate(ACCENTED) for part in parts)
    words = sum(len(part) for part in parts if not part.startswith("{"))
    return f"[{letters}{PADDING * math.ceil(words * LONGER)}]"


@functools.cache
def messages_of(code: str) -> Mapping[Key, str]:
    """All finished translations of a language."""
    found = {}
    for path in sorted((HERE / code).glob("*.ts")):
        found |= {message.key: message.translation for message in read_messages(path) if message.translation}
    return found


_shown: Translator | None = None
_code = SOURCE


def show_language(code: str) -> None:
    """Show all texts in a language from now on; widgets hear of it by Qt's LanguageChange.

    Raises:
        KeyError: There is no such language.
    """
    global _shown, _code
    if code != PSEUDO:
        LANGUAGES[code]
    QLocale.setDefault(QLocale(SOURCE if code == PSEUDO else code))
    before, _code = _shown, code
    _shown = PseudoTranslator() if code == PSEUDO else Translator(messages_of(code) if code != SOURCE else {})
    QCoreApplication.installTranslator(_shown)
    if before is not None:
        QCoreApplication.removeTranslator(before)


def shown_language() -> str:
    """Code of the language that is shown."""
    return _code


def translated(context: str, source: str) -> str | None:
    """A text that has no English source here, by its code; None where the language has none."""
    if _shown is None or not _shown.has(context, source):
        return None
    return _shown.translate(context, source)


def system_language() -> str:
    """That of the system, if there is one of ours."""
    code = QLocale.system().name()[:2]
    return code if code in LANGUAGES else SOURCE


def next_language(code: str) -> str:
    """The one that the key goes to."""
    codes = [*LANGUAGES, *LANGUAGES]
    return codes[codes.index(code) + 1] if code in LANGUAGES else SOURCE
