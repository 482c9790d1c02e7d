# SPDX-License-Identifier: AGPL-3.0-or-later
"""A serial that has come before: a part that is shown again, or two parts with one name."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from inspector.errors import EvidenceError, StoreError
from inspector.evidence.record import clean_text
from inspector.part import PartKey, Trigger, Verdict
from inspector.recipe.settings import SerialRule
from inspector.station.judge import PartResult
from inspector.station.model import InForce
from inspector.station.views import held_for_serial
from inspector.store.read import RecordReader

log = logging.getLogger(__name__)

REMEMBERED = 4096
"""Parts that may be judged and not recorded yet; the writer's queue holds fewer."""


class Duplicates:
    """Applies the recipe's rule for serials that have come before. May be used from any thread.

    Parts that were judged count, whatever their verdict: what was rejected stays rejected, until somebody changes its
    serial or the rule. Challenge parts are shown again and again, and never count.

    Args:
        station: Station directory, whose records are asked.
        rules: What judges now.
        challenge_serials: Serials of registered challenge parts.
        shift_begins: Number of the first record of the present shift's range.
    """

    def __init__(
        self,
        station: Path,
        rules: InForce,
        challenge_serials: Callable[[], Collection[str]],
        shift_begins: Callable[[], int],
    ) -> None:
        self._station = station
        self._rules = rules
        self._challenge_serials = challenge_serials
        self._shift_begins = shift_begins
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, tuple[PartKey, int]] = OrderedDict()

    def checked(self, trigger: Trigger, result: PartResult) -> PartResult:
        """The result of a part after the rule; a PASS becomes NO_DECISION where the rule says so."""
        serial, rule = result.serial, self._rules.recipe.serial
        if serial is None or rule.duplicate == "allow" or serial.text in self._challenge_serials():
            return result
        try:
            earlier = self._earlier(trigger.key, serial.text, rule)
        except (StoreError, EvidenceError) as error:
            log.error("serial %s cannot be compared: %s", serial.text, error)
            if result.verdict is not Verdict.PASS:
                return result
            reason = "the serial cannot be compared with earlier records"
            return replace(result, verdict=Verdict.ERROR, reason=reason)
        if earlier is None:
            return result
        words = f"serial {serial.text} came before: {earlier}"
        if rule.duplicate == "reject":
            return held_for_serial(result, clean_text(words))
        return replace(result, reason=clean_text(f"{result.reason}; {words}"))

    def _earlier(self, key: PartKey, text: str, rule: SerialRule) -> str | None:
        """The newest part with this serial, in words; None when there is none."""
        begins = self._shift_begins() if rule.duplicate_among == "shift" else 1
        with self._lock:
            recent = self._recent.get(text)
            self._recent[text] = (key, begins)
            self._recent.move_to_end(text)
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
        with RecordReader(self._station) as reader:
            for record in reader.by_serial_newest_first(text, from_seq=begins):
                if record.fields["purpose"] == "production":
                    return f"record {record.seq}, {record.fields['verdict']}"
        if recent is not None and recent[1] == begins:
            return f"part {recent[0].part_seq}, not recorded yet"
        return None
