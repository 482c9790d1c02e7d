# SPDX-License-Identifier: AGPL-3.0-or-later
"""The alarms of a station: what needs an operator's action now, and nothing else (EEMUA 191, ISA-18.2).

One definition stands for all codes of reasons and warnings that ask for the same action. Codes that are in none are
events: they are in the status and in the records, and nobody has to do anything about them. docs/alarms.md has the same
table, held to this one by a test; the texts there are those that a screen shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

MOST_DEFINITIONS = 40
"""More than one station's operators can know (docs/alarms.md)."""


class Priority(StrEnum):
    """How soon somebody has to act."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Definition:
    """One alarm.

    Attributes:
        code: Its name: that of the only code it stands for, or one of its own.
        codes: Codes of the status, reasons or warnings, that it stands for.
        priority: How soon somebody has to act. What is high is never shelved.
        cause: What brings it about.
        consequence: What happens if nobody acts.
        action: What to do.
        on_s: So long the code has to stand until it is an alarm.
        off_s: So long it has to be away until the alarm is over.
        always: Also while no shift is open; else it is no alarm then, because nothing is made.
    """

    code: str
    codes: frozenset[str]
    priority: Priority
    cause: str
    consequence: str
    action: str
    on_s: int = 0
    off_s: int = 5
    always: bool = False


def _one(
    priority: Priority,
    code: str,
    cause: str,
    consequence: str,
    action: str,
    *,
    codes: str = "",
    on_s: int = 0,
    off_s: int = 5,
    always: bool = False,
) -> Definition:
    known = frozenset(codes.split()) or frozenset({code})
    return Definition(code, known, priority, cause, consequence, action, on_s, off_s, always)


_high = partial(_one, Priority.HIGH)
_medium = partial(_one, Priority.MEDIUM)
_low = partial(_one, Priority.LOW)

CATALOGUE: tuple[Definition, ...] = (
    _high(
        "STOP_REJECT_UNCONFIRMED",
        "A rejected part was seen in the good lane, or nowhere",
        "A bad part may lie among the good ones",
        "Set aside all parts since the last confirmed reject, look at gate and lane sensors, reset the stop",
    ),
    _high(
        "STOP_TRACKING",
        "The place of the parts on the belt is not known any more",
        "Verdicts could reach the wrong part: the line is stopped",
        "Clear the belt between camera and gate, find the cause, reset the stop",
    ),
    _high(
        "EMERGENCY_STOP",
        "The emergency stop is active",
        "The belt stands; parts on it are rejected",
        "Make the place safe, clear the belt, release the emergency stop",
        codes="EMERGENCY_STOP PLC_EMERGENCY_STOP",
    ),
    _high(
        "CHALLENGE_FAILED",
        "A test part was not found, or not seen in the reject lane",
        "Parts that passed since the last passed challenge may be bad",
        "Quarantine the parts of the list, follow the reaction plan, call a team lead or QA",
    ),
    _medium(
        "STOP_REJECTS",
        "Too many parts were rejected",
        "The line is stopped; good parts may be going to waste",
        "Look at the last rejects: mend the process or the light, then reset the stop",
        codes="STOP_REJECTS_IN_ROW STOP_REJECT_RATE",
    ),
    _medium(
        "STOP_LATE",
        "Verdicts came too late again and again",
        "The line is stopped; late parts were rejected",
        "Close other programs on this computer, slow the belt, reset the stop",
    ),
    _medium(
        "STOP_PICTURES",
        "A camera gave no picture, or the same one again",
        "The line is stopped; nothing can be judged",
        "Check the camera's cable, power and trigger, reset the stop",
        codes="STOP_MISSING_IMAGES STOP_FROZEN_IMAGE",
    ),
    _medium(
        "STOP_IMAGE_GATE",
        "Pictures are too dark, too bright or out of focus",
        "The line is stopped; parts were rejected unjudged",
        "Clean the lens, check lamp and focus, reset the stop",
    ),
    _medium(
        "STOP",
        "A rule of another version has stopped the line",
        "The line is stopped",
        "Read the reason, remove the cause, reset the stop",
    ),
    _medium(
        "CAMERA_AWAY",
        "A camera delivers no pictures",
        "Every part is rejected",
        "Check the camera's cable and power; call maintenance if it stays",
        on_s=3,
    ),
    _medium(
        "RESYNC",
        "Parts and pictures cannot be matched, because the belt never pauses",
        "Every part is rejected",
        "Leave a gap of some seconds in the flow of parts",
        on_s=30,
    ),
    _medium(
        "SCANNER_AWAY",
        "The code reader does not answer",
        "Every part is rejected",
        "Check the reader's cable and power; call maintenance if it stays",
        on_s=3,
    ),
    _medium(
        "STORE_FAILED",
        "Records cannot be written",
        "No record, no pass: every part is rejected",
        "Call maintenance: free space or mend the disk",
        codes="STORE_FAILED JOURNAL_FAILED",
    ),
    _medium(
        "DISK_LOW",
        "The disk is nearly full, or too slow",
        "Every part is rejected until there is space",
        "Call maintenance: free space",
        codes="DISK_LOW IMAGES_BEHIND",
        on_s=5,
    ),
    _medium(
        "EXCHANGED",
        "Camera, model or recipe are not those the shift was opened with",
        "Every part is rejected in this shift",
        "Close the shift and open a new one, or have put back what was there",
        codes="CAMERA_EXCHANGED RULES_EXCHANGED",
    ),
    _medium(
        "RECORDS_OLD",
        "The records come from an old backup",
        "Nothing is inspected: new records would contradict the ones that were lost",
        "Call maintenance: restore the newest backup",
        always=True,
    ),
    _medium(
        "CHANGE_UNAPPROVED",
        "Changes of recipe, thresholds or model wait for approval",
        "No shift opens",
        "Call QA to look at the changes and approve them",
        on_s=60,
        always=True,
    ),
    _medium(
        "CHALLENGE_DUE",
        "No challenge was passed in this shift, or it is overdue",
        "Nothing passes until a challenge is passed",
        "Start a challenge and show the test parts",
        on_s=60,
    ),
    _medium(
        "LINE_AWAY",
        "A process of the station, or the detector, does not answer",
        "Every part is rejected",
        "Wait for the restart by itself; call maintenance if it stays",
        codes="LINE_AWAY STATION_SILENT LINE_PROCESS_SILENT PLC_LINE_PROCESS_SILENT WATCHDOG JUDGE_STUCK",
        on_s=10,
    ),
    _medium(
        "PLANT_AWAY",
        "PLC or I/O modules do not answer",
        "Every part is rejected",
        "Check power and network of the PLC or the module; call maintenance",
        codes="PLANT_AWAY PLANT_SILENT PLC_HEARTBEAT_LOST",
        on_s=3,
    ),
    _medium(
        "BIN_FULL",
        "The reject bin is full",
        "Rejects could fall back onto the belt: nothing passes",
        "Empty the reject bin",
        codes="BIN_FULL PLC_BIN_FULL",
        off_s=10,
    ),
    _medium(
        "AIR_LOW",
        "Compressed air is missing",
        "Nothing can be rejected: nothing passes",
        "Open the air supply; call maintenance",
        codes="AIR_LOW PLC_AIR_LOW",
        off_s=10,
    ),
    _medium(
        "SENSOR_STUCK",
        "A sensor is covered for too long",
        "Parts cannot be counted: nothing passes",
        "Take away what covers the sensor, clean it",
        codes="PART_SENSOR_STUCK LANE_SENSOR_STUCK",
        on_s=2,
    ),
    _medium(
        "TOO_FAST",
        "Parts come faster than the station is made for",
        "Every part is rejected",
        "Slow the belt or the feeder",
        codes="PARTS_TOO_FAST BELT_TOO_FAST",
        on_s=5,
        off_s=30,
    ),
    _medium(
        "ENCODER",
        "The movement of the belt cannot be followed",
        "Every part is rejected",
        "Check the encoder's wheel and cable, and the direction of the belt",
        codes="ENCODER_MISSING ENCODER_STALLED BELT_BACKWARDS",
        on_s=5,
    ),
    _medium(
        "IO_WATCHDOG",
        "The watchdog of an I/O module is not as it has to be",
        "Every part is rejected: a failing station could not close the gate",
        "Call maintenance: set up and prove the watchdog",
        codes="IO_WATCHDOG_WRONG IO_WATCHDOG_UNPROVEN",
        on_s=5,
    ),
    _medium(
        "PLC_OTHER_RECIPE",
        "The PLC asks for another recipe than the one in force",
        "Every part is rejected",
        "Choose the recipe of this shift at the PLC, or close the shift and change over",
        on_s=5,
    ),
    _medium(
        "PLC_FAULT",
        "The PLC broke the handshake",
        "Every part is rejected",
        "Reset the fault at the PLC; call maintenance if it comes again",
        codes="PLC_TRIGGER_NOT_RELEASED PLC_RESULT_NOT_ACKNOWLEDGED PLC_RESULT_ACK_NOT_RELEASED PLC_ID_REPEATED"
        " PLC_ID_MISMATCH PLC_TRIGGER_CHANGED PLC_ACK_UNEXPECTED PLC_ACK_ID_WRONG PLC_RESULT_OVERRUN",
        on_s=2,
    ),
    _low(
        "GOOD_PART_EJECTED",
        "Good parts were seen in the reject lane",
        "Good parts go to waste",
        "Have gate and lane sensors looked at",
    ),
    _low(
        "TRIGGERS",
        "Triggers and pictures do not match",
        "Single good parts are rejected",
        "Have trigger cable, debouncer and the distance of the parts looked at",
        codes="MISSED_TRIGGERS UNTRIGGERED_PICTURES",
    ),
    _low(
        "DISK_GETTING_FULL",
        "The disk fills up",
        "In some hours nothing is inspected any more",
        "Have space freed",
        off_s=600,
        always=True,
    ),
    _low(
        "CLOCK_OFF",
        "Nothing keeps the computer's clock in time",
        "The times in the records may be wrong",
        "Have the time server looked at",
        codes="CLOCK_OFF CLOCK_UNSYNCHRONISED",
        on_s=300,
        off_s=300,
        always=True,
    ),
    _low(
        "KEY_LOCKED",
        "The signing key is locked or does not answer",
        "Seals wait unsigned",
        "Have the key unlocked, see that the token is plugged in",
        on_s=60,
    ),
    _low(
        "KEY_REVOKED",
        "The plant has revoked the station's signing key",
        "Nobody trusts the seals of this shift",
        "Close the shift and have the key exchanged",
    ),
    _low(
        "LOGIN_FAILURES",
        "An account was locked after wrong passwords",
        "Somebody may be trying passwords",
        "Find out who tried",
        always=True,
    ),
    _low(
        "USERS_LOST",
        "The file of the users is missing or damaged",
        "Nobody can log in",
        "Call the admin: put back the copy of access/users.json",
        always=True,
    ),
    _low(
        "USERS_CHANGED",
        "The file of the users was changed past the station",
        "Somebody may have given themselves a role",
        "Have the admin compare the list of the users",
        always=True,
    ),
    _low(
        "LEDGER",
        "A ledger has taken no seal for hours, or contradicts itself or the station",
        "Nobody outside can check the shifts that wait",
        "Call maintenance and QA: Service, page LEDGERS, says which one and why",
        codes="LEDGER_LATE LEDGER_STOPPED",
        on_s=60,
        off_s=60,
        always=True,
    ),
    _low(
        "PROGRAM_CHANGED",
        "Program files differ from the last start",
        "The station may not do what was validated",
        "Have found out who changed them; install the release anew",
        always=True,
    ),
    _low(
        "CLOCK_STEPPED",
        "The computer's clock was set while the station ran",
        "Times in the records jump",
        "Find out who set the clock",
        always=True,
    ),
)

BY_NAME = {one.code: one for one in CATALOGUE}
_BY_CODE = {code: one for one in CATALOGUE for code in one.codes}


def definition_of(code: str) -> Definition | None:
    """The alarm that a reason or warning is; None for one that is an event."""
    return _BY_CODE.get(code)
