# SPDX-License-Identifier: AGPL-3.0-or-later
"""Classes of defects in plain words: records, recipes and questions to the station keep their codes."""

from __future__ import annotations

import re
from collections.abc import Iterable


def class_word(name: str) -> str:
    """A class as people read it: `MISSING_HOLE` is "missing hole"; a name that is in words already stays as it is."""
    words = re.sub(r"[_\-]+", " ", name).strip()
    return (words.lower() if name.isupper() else words) or name


def in_words(text: str, names: Iterable[str]) -> str:
    """A text of the station with these classes in plain words."""
    for name in sorted(set(names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _found, name=name: class_word(name), text)
    return text
