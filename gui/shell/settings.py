# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this screen keeps: language, theme, and how large a millimetre is on its glass. Nothing of the station."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

from gui.text.languages import LANGUAGES, system_language
from gui.widgets.palette import Theme

LEAST_PX_PER_MM, MOST_PX_PER_MM = 1.5, 20.0

log = logging.getLogger(__name__)


class ScreenSettings:
    """A small file of its own for this user of this computer.

    Args:
        path: The file; None keeps nothing beyond the end of the program.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = None if path is None else QSettings(str(path), QSettings.Format.IniFormat)
        self._kept: dict[str, str] = {}

    @property
    def language(self) -> str:
        """Code of the language; that of the system until somebody has chosen one."""
        code = self._get("language")
        return code if code in LANGUAGES else system_language()

    @language.setter
    def language(self, code: str) -> None:
        self._set("language", code)

    @property
    def scanner_prefix(self) -> str:
        """What the scanner types before each code; set by hand in the file, as `scanner_prefix`."""
        return self._get("scanner_prefix")

    @property
    def theme(self) -> Theme:
        """Colours by day or by night."""
        return Theme.DARK if self._get("theme") == Theme.DARK.value else Theme.LIGHT

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._set("theme", theme.value)

    def px_per_mm(self, screen: str) -> float | None:
        """What a ruler has shown on this screen; None if nobody has measured, or the file says nonsense."""
        try:
            found = float(self._get(f"px_per_mm/{screen}"))
        except ValueError:
            return None
        return found if LEAST_PX_PER_MM <= found <= MOST_PX_PER_MM else None

    def set_px_per_mm(self, screen: str, px_per_mm: float) -> None:
        """Keep what a ruler has shown."""
        self._set(f"px_per_mm/{screen}", f"{px_per_mm:.4f}")

    def _get(self, name: str) -> str:
        return self._kept.get(name, "") if self._file is None else str(self._file.value(name, ""))

    def _set(self, name: str, value: str) -> None:
        if self._file is None:
            self._kept[name] = value
            return
        self._file.setValue(name, value)
        self._file.sync()
        if self._file.status() is not QSettings.Status.NoError:
            log.warning("%s cannot be written: the choice holds until the screen ends", self._file.fileName())


def usual_path() -> Path:
    """Where programs of this user keep such files."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(folder) / "inspector" / "screen.ini"
