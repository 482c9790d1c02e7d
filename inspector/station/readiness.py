# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ready, and the reasons why not, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps the station from being Ready.

    Attributes:
        code: Stable name for programs.
        message: What is wrong, for the operator.
        advice: What to do.
    """

    code: str
    message: str
    advice: str

    def document(self) -> dict[str, str]:
        """The reason as it stands in the status document."""
        return {"code": self.code, "message": self.message, "advice": self.advice}

    def text(self) -> str:
        """The reason in one line, for people."""
        return f"{self.message} - {self.advice}"

    def recorded(self) -> str:
        """The reason as it stands in `state` records."""
        return f"{self.code}: {self.message}"


NO_SHIFT = Reason("NO_SHIFT", "no shift is open", "open a shift")
CLOSING = Reason("CLOSING", "the shift is being closed", "wait until it is sealed")
LINE_AWAY = Reason("LINE_AWAY", "the line process does not answer", "it restarts by itself; if not, call maintenance")
WARMING = Reason("WARMING", "the model is being loaded", "wait a moment")
IMAGES_BEHIND = Reason("IMAGES_BEHIND", "images are written too slowly", "check the disk; Ready returns by itself")
RULES_EXCHANGED = Reason(
    "RULES_EXCHANGED",
    "the model or the recipe is another one than when the shift was opened",
    "close the shift and open a new one, or put back what was there and restart",
)
JUDGE_STUCK = Reason("JUDGE_STUCK", "the detector does not answer", "restart the station; call maintenance")


def plant_away(backend: str) -> Reason:
    """The line process has no connection to what `line.backend` names."""
    message, advice = {
        "modbus": ("the PLC does not answer", "check the PLC and its network cable, ask `inspector doctor`"),
        "remote-io": ("an I/O module does not answer", "check power and network, `inspector doctor` says which one"),
    }.get(backend, ("the plant's I/O does not answer", "check the PLC and its network cable"))
    return Reason("PLANT_AWAY", message, advice)


def camera_away(name: str, why: str) -> Reason:
    """A camera is not delivering; `why` may end with a sentence that says what to do."""
    what, _, advice = why.rpartition(". ")
    if what:
        return Reason("CAMERA_AWAY", f"camera {name}: {what}", advice)
    return Reason("CAMERA_AWAY", f"camera {name}: {why}", f"check the cable and power of {name}")


def changing_over(product: str) -> Reason:
    """Another recipe and its model are being loaded."""
    return Reason("CHANGEOVER", f"changing to recipe {product}", "wait; then open a shift")


def scanner_away(why: str) -> Reason:
    """No serials can be read, and no part would be known by its name."""
    return Reason("SCANNER_AWAY", why, "check the scanner's cable and power; it is tried again by itself")


def resync(name: str) -> Reason:
    """Nobody can say for now which of a camera's pictures shows which part."""
    message = f"camera {name}: parts and pictures are matched anew"
    return Reason("RESYNC", message, "wait; Ready returns by itself when the belt pauses")


def camera_exchanged(name: str) -> Reason:
    """The camera is not the one that the shift was opened with."""
    return Reason(
        "CAMERA_EXCHANGED",
        f"camera {name} or its settings changed during the shift",
        "close the shift and open a new one",
    )


def disk_low(what: str) -> Reason:
    """The disk is nearly full."""
    return Reason("DISK_LOW", what, "free space or call maintenance")


def disk_getting_full(percent: float) -> Reason:
    """The disk fills up, and there is time to do something about it."""
    return Reason("DISK_GETTING_FULL", f"{percent:.0f} % of the disk are free", "free space or call maintenance")


def missed_triggers(name: str, count: int) -> Reason:
    """A camera was triggered and took no picture, while the line went on."""
    message = f"camera {name}: {count} trigger{'' if count == 1 else 's'} without a picture in this shift"
    return Reason("MISSED_TRIGGERS", message, "check for parts too close together, its trigger cable and debouncer")


def untriggered_pictures(name: str, count: int) -> Reason:
    """A camera took a picture without an edge on its trigger line, while the line went on."""
    message = f"camera {name}: {count} picture{'' if count == 1 else 's'} without a trigger in this shift"
    return Reason("UNTRIGGERED_PICTURES", message, "check its trigger settings and the shield of its trigger cable")


def clock_off(error_ms: float) -> Reason:
    """The clock is kept in time, but not well."""
    message = f"the computer's clock may be {error_ms:.0f} ms off"
    return Reason("CLOCK_OFF", message, "see that its time server is near and answers")


def clock_unsynchronised() -> Reason:
    """Nothing keeps the clock in time, as far as the system says."""
    message = "nothing keeps the computer's clock in time"
    return Reason("CLOCK_UNSYNCHRONISED", message, "have a time server set up, or look why it does not answer")


def key_locked() -> Reason:
    """Nothing is signed: the shift can go on, and its seal waits."""
    message = "the signing key is locked or does not answer: heads and seals wait unsigned"
    return Reason("KEY_LOCKED", message, "unlock it with `inspector shift unlock`; look at the token if it has one")


def key_revoked() -> Reason:
    """The plant root has taken back what it thought of the key in force."""
    return Reason("KEY_REVOKED", "the signing key is revoked by the plant root", "close the shift, see docs/keys.md")


def store_failed(what: str) -> Reason:
    """Records cannot be written: no record, no pass."""
    return Reason(
        "STORE_FAILED", f"records cannot be written: {what}", "free disk space; the station resumes by itself"
    )
