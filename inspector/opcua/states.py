# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the station's status to the state machines of OPC 40100-1, and the way from one state to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.api.schema import StationState, Status
from inspector.opcua.types import Id, vision


@dataclass(frozen=True, slots=True)
class State:
    """One state: its name, its node in OPC 40100-1, its number."""

    name: str
    id: Id
    number: int


PREOPERATIONAL = State("Preoperational", vision(5028), 1)
ERROR = State("Error", vision(5030), 3)
OPERATIONAL = State("Operational", vision(5031), 4)
INITIALIZED = State("Initialized", vision(5056), 5)
READY = State("Ready", vision(5057), 6)
CONTINUOUS = State("ContinuousExecution", vision(5059), 8)

MAIN = (PREOPERATIONAL, ERROR, OPERATIONAL)
"""Of VisionStateMachine. Halted is not used: a station that is switched off does not answer."""
AUTOMATIC = (INITIALIZED, READY, CONTINUOUS)
"""Of AutomaticModeStateMachine. SingleExecution is not used: the part-present sensor triggers, not a client."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One transition: its name, node and number in OPC 40100-1."""

    name: str
    id: Id
    number: int
    source: State
    target: State


TRANSITIONS = (
    Transition("PreoperationalToErrorAuto", vision(5034), 130, PREOPERATIONAL, ERROR),
    Transition("PreoperationalToOperationalAuto", vision(5254), 140, PREOPERATIONAL, OPERATIONAL),
    Transition("ErrorToPreoperationalAuto", vision(5040), 310, ERROR, PREOPERATIONAL),
    Transition("ErrorToOperationalAuto", vision(5255), 340, ERROR, OPERATIONAL),
    Transition("OperationalToPreoperationalAuto", vision(5048), 410, OPERATIONAL, PREOPERATIONAL),
    Transition("OperationalToErrorAuto", vision(5051), 430, OPERATIONAL, ERROR),
    Transition("InitializedToReadyAuto", vision(5061), 560, INITIALIZED, READY),
    Transition("ReadyToInitializedAuto", vision(5063), 650, READY, INITIALIZED),
    Transition("ReadyToContinuousExecutionAuto", vision(5067), 680, READY, CONTINUOUS),
    Transition("ContinuousExecutionToReadyAuto", vision(5073), 860, CONTINUOUS, READY),
)
_BETWEEN = {(each.source, each.target): each for each in TRANSITIONS}


@dataclass(frozen=True, slots=True)
class VisionState:
    """Where both state machines are.

    Attributes:
        main: State of VisionStateMachine.
        automatic: State of AutomaticModeStateMachine; None outside Operational.
        why: What keeps the station from working, in words; empty when nothing does.
    """

    main: State
    automatic: State | None = None
    why: str = ""


def vision_state(status: Status | None, away: str, heard: bool) -> VisionState:
    """The state that a plant system is shown (table in docs/integrator.md).

    Args:
        status: What the station says of itself; None while it does not answer.
        away: Why it does not answer.
        heard: Whether it has answered since this process began.
    """
    if status is None:
        return VisionState(ERROR if heard else PREOPERATIONAL, None, away)
    why = "; ".join(reason.message for reason in status.reasons)
    if status.state is StationState.STARTING:
        return VisionState(PREOPERATIONAL, None, why)
    if status.state is StationState.FAULT or status.stopped:
        return VisionState(ERROR, None, why)
    return VisionState(OPERATIONAL, _automatic(status), why)


def _automatic(status: Status) -> State:
    if status.state is StationState.CLOSING:
        return CONTINUOUS  # the job still ends: parts are on their way
    if status.shift is not None:
        return CONTINUOUS if status.ready else INITIALIZED
    return READY if all(reason.code == "NO_SHIFT" for reason in status.reasons) else INITIALIZED


def way(old: VisionState, new: VisionState) -> Iterator[tuple[Transition, VisionState]]:
    """The transitions from one state to another, each with the state that it leads to.

    Only transitions that OPC 40100-1 knows; Operational is always entered at Initialized.
    """
    here = old
    if here.main is not new.main:
        entered = INITIALIZED if new.main is OPERATIONAL else None
        here = VisionState(new.main, entered, new.why)
        yield _BETWEEN[old.main, new.main], here
    while here.automatic is not None and new.automatic is not None and here.automatic is not new.automatic:
        step = 1 if AUTOMATIC.index(new.automatic) > AUTOMATIC.index(here.automatic) else -1
        following = AUTOMATIC[AUTOMATIC.index(here.automatic) + step]
        transition = _BETWEEN[here.automatic, following]
        here = VisionState(here.main, following, new.why)
        yield transition, here
