# SPDX-License-Identifier: AGPL-3.0-or-later
"""The address space as tables: types, objects, variables, methods and events (docs/integrator.md).

Of OPC 40100-1 only what the station can honour: a method that would do nothing is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from inspector.opcua.types import Field, Id, core, own, vision

PROPERTY = core(68)
DATA_VARIABLE = core(63)
STATE_VARIABLE = core(2760)
TRANSITION_VARIABLE = core(2767)


class Right(Enum):
    """What a user may do; `OPERATE` includes `READ`."""

    READ = "read"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class Type:
    """A type of objects or variables of OPC 40100-1."""

    name: str
    id: Id
    supertype: Id
    kind: Literal["object", "variable"] = "object"


@dataclass(frozen=True, slots=True)
class Object:
    """An object; its node is `own(path)`, its parent what is before the last dot."""

    path: str
    type: Id


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; its node is `own(path)`.

    Attributes:
        path: Path; what is before the last dot is its parent.
        type: Name of its data type.
        space: Whose name its browse name is.
        definition: Its type definition; a property hangs on its parent by HasProperty, others by HasComponent.
        array: Whether it holds a list.
    """

    path: str
    type: str
    space: Literal["ua", "mv", "own"]
    definition: Id = DATA_VARIABLE
    array: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """A method; its node is `own(path)`."""

    path: str
    right: Right
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]

    @property
    def name(self) -> str:
        """Its browse name."""
        return self.path.rsplit(".", 1)[1]


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of events of OPC 40100-1 with the fields that the station fills."""

    name: str
    id: Id
    supertype: Id
    fields: tuple[Field, ...] = ()


TYPES = (
    Type("VisionSystemType", vision(1003), core(58)),
    Type("VisionStateMachineType", vision(1017), core(2771)),
    Type("VisionAutomaticModeStateMachineType", vision(1021), core(2771)),
    Type("ResultManagementType", vision(1007), core(58)),
    Type("ResultFolderType", vision(1016), core(61)),
    Type("RecipeManagementType", vision(1004), core(58)),
    Type("ResultType", vision(2002), core(63), "variable"),
)

SYSTEM = "VisionSystem"
MACHINE = f"{SYSTEM}.VisionStateMachine"
AUTOMATIC_MODE = f"{MACHINE}.AutomaticModeStateMachine"
RESULTS = f"{SYSTEM}.ResultManagement"
FOLDER = f"{RESULTS}.Results"
RECIPES = f"{SYSTEM}.RecipeManagement"

OBJECTS = (
    Object(SYSTEM, vision(1003)),
    Object(MACHINE, vision(1017)),
    Object(AUTOMATIC_MODE, vision(1021)),
    Object(RESULTS, vision(1007)),
    Object(FOLDER, vision(1016)),
    Object(RECIPES, vision(1004)),
)

EVENT_SOURCES = (MACHINE, AUTOMATIC_MODE, RESULTS)
"""Besides the vision system, which passes their events on."""


def _machine(path: str) -> tuple[Variable, ...]:
    """The variables of one state machine."""
    return (
        Variable(f"{path}.CurrentState", "LocalizedText", "ua", STATE_VARIABLE),
        Variable(f"{path}.CurrentState.Id", "NodeId", "ua", PROPERTY),
        Variable(f"{path}.CurrentState.Number", "UInt32", "ua", PROPERTY),
        Variable(f"{path}.LastTransition", "LocalizedText", "ua", TRANSITION_VARIABLE),
        Variable(f"{path}.LastTransition.Id", "NodeId", "ua", PROPERTY),
        Variable(f"{path}.LastTransition.Number", "UInt32", "ua", PROPERTY),
        Variable(f"{path}.LastTransition.TransitionTime", "UtcTime", "ua", PROPERTY),
    )


VARIABLES = (
    *_machine(MACHINE),
    *_machine(AUTOMATIC_MODE),
    Variable(f"{SYSTEM}.Ready", "Boolean", "own"),
    Variable(f"{SYSTEM}.Reasons", "String", "own", array=True),
    Variable(f"{SYSTEM}.Warnings", "String", "own", array=True),
    Variable(f"{SYSTEM}.Simulated", "Boolean", "own"),
    Variable(f"{SYSTEM}.Bypass", "Boolean", "own"),
    Variable(f"{SYSTEM}.Shift", "Int64", "own"),
    Variable(f"{SYSTEM}.JobId", "JobIdDataType", "own"),
    Variable(f"{SYSTEM}.ActiveRecipe", "RecipeIdInternalDataType", "own"),
    Variable(f"{SYSTEM}.LastResult", "ResultDataType", "own"),
    Variable(f"{SYSTEM}.LastRefusal", "String", "own"),
)

RESULT_FIELDS = (
    Field("ResultId", "ResultIdDataType"),
    Field("IsPartial", "Boolean"),
    Field("IsSimulated", "Boolean"),
    Field("ResultState", "ResultStateDataType"),
    Field("PartId", "PartIdDataType"),
    Field("InternalRecipeId", "RecipeIdInternalDataType"),
    Field("InternalConfigurationId", "ConfigurationIdDataType"),
    Field("JobId", "JobIdDataType"),
    Field("CreationTime", "UtcTime"),
    Field("ProcessingTimes", "ProcessingTimesDataType"),
    Field("ResultContent", "BaseDataType", array=True),
)
"""What the station says of a result: in ResultDataType, below a result variable, and in ResultReadyEventType."""

_ERROR = Field("Error", "Int32")
_PAGE = (Field("MaxResults", "UInt32"), Field("StartIndex", "UInt32"), Field("Timeout", "Int32"))
_PAGED = (Field("IsComplete", "Boolean"), Field("ResultCount", "UInt32"))
_CAUSE = (Field("Cause", "Int32"), Field("CauseDescription", "String"))

METHODS = (
    Method(
        f"{RESULTS}.GetResultById",
        Right.READ,
        (Field("ResultId", "ResultIdDataType"), Field("Timeout", "Int32")),
        (Field("ResultHandle", "Handle"), Field("Result", "ResultDataType"), _ERROR),
    ),
    Method(
        f"{RESULTS}.GetResultComponentsById",
        Right.READ,
        (Field("ResultId", "ResultIdDataType"), Field("Timeout", "Int32")),
        (
            Field("HasTransferableDataOnFile", "Boolean"),
            Field("ResultHandle", "Handle"),
            Field("IsPartial", "Boolean"),
            Field("IsSimulated", "Boolean"),
            Field("ResultState", "ResultStateDataType"),
            Field("MeasId", "MeasIdDataType"),
            Field("PartId", "PartIdDataType"),
            Field("ExternalRecipeId", "RecipeIdExternalDataType"),
            Field("InternalRecipeId", "RecipeIdInternalDataType"),
            Field("ProductId", "ProductIdDataType"),
            Field("ExternalConfigurationId", "ConfigurationIdDataType"),
            Field("InternalConfigurationId", "ConfigurationIdDataType"),
            Field("JobId", "JobIdDataType"),
            Field("CreationTime", "UtcTime"),
            Field("ProcessingTimes", "ProcessingTimesDataType"),
            Field("ResultContent", "BaseDataType", array=True),
            _ERROR,
        ),
    ),
    Method(
        f"{RESULTS}.GetResultListFiltered",
        Right.READ,
        (
            Field("ResultState", "ResultStateDataType"),
            Field("MeasId", "MeasIdDataType"),
            Field("PartId", "PartIdDataType"),
            Field("ExternalRecipeId", "RecipeIdExternalDataType"),
            Field("InternalRecipeId", "RecipeIdInternalDataType"),
            Field("ExternalConfigurationId", "ConfigurationIdDataType"),
            Field("InternalConfigurationId", "ConfigurationIdDataType"),
            Field("ProductId", "ProductIdDataType"),
            Field("JobId", "JobIdDataType"),
            *_PAGE,
        ),
        (*_PAGED, Field("ResultHandle", "Handle"), Field("ResultList", "ResultDataType", array=True), _ERROR),
    ),
    Method(
        f"{RECIPES}.GetRecipeListFiltered",
        Right.READ,
        (
            Field("ExternalId", "RecipeIdExternalDataType"),
            Field("ProductId", "ProductIdDataType"),
            Field("IsPrepared", "TriStateBooleanDataType"),
            *_PAGE,
        ),
        (*_PAGED, Field("RecipeHandle", "Handle"), Field("RecipeList", "RecipeIdInternalDataType", array=True), _ERROR),
    ),
    Method(f"{MACHINE}.Reset", Right.OPERATE, _CAUSE, (_ERROR,)),
    Method(
        f"{AUTOMATIC_MODE}.StartContinuous",
        Right.OPERATE,
        (
            Field("MeasId", "MeasIdDataType"),
            Field("PartId", "PartIdDataType"),
            Field("RecipeId", "RecipeIdExternalDataType"),
            Field("ProductId", "ProductIdDataType"),
            Field("Parameters", "BaseDataType", array=True),
        ),
        (Field("JobId", "JobIdDataType"), _ERROR),
    ),
    Method(f"{AUTOMATIC_MODE}.Stop", Right.OPERATE, _CAUSE, (_ERROR,)),
)

_TRANSITION_EVENT = core(2311)
_JOB = (Field("JobId", "JobIdDataType"),)

EVENTS = (
    EventType("StateChangedEventType", vision(1018), _TRANSITION_EVENT),
    EventType("ErrorEventType", vision(1019), _TRANSITION_EVENT),
    EventType("ErrorResolvedEventType", vision(1020), _TRANSITION_EVENT),
    EventType(
        "RecipePreparedEventType",
        vision(1022),
        core(2041),
        (Field("InternalId", "RecipeIdInternalDataType"),),
    ),
    EventType("ReadyEventType", vision(1023), core(2041), _JOB),
    EventType("JobStartedEventType", vision(1013), core(2041), _JOB),
    EventType("ResultReadyEventType", vision(1024), core(2041), RESULT_FIELDS),
)


def parent_of(path: str) -> str:
    """Path of the parent, empty for what hangs in the Objects folder."""
    return path.rpartition(".")[0]


def node_of(path: str) -> Id:
    """The node of an instance."""
    return own(path)
