# SPDX-License-Identifier: AGPL-3.0-or-later
"""The data types of the address space as tables: those of OPC 40100-1 that the station uses, and its own.

Names, identifiers and fields of the first are those of the companion specification (OPC 40100-1 1.0, chapter 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MACHINE_VISION = "http://opcfoundation.org/UA/MachineVision"
OWN = "urn:inspector-station:opcua"
"""Namespace of the station's own types and of all instances."""


@dataclass(frozen=True, slots=True)
class Id:
    """A node identifier that does not depend on the order of the server's namespaces.

    Attributes:
        space: "ua" is OPC UA itself, "mv" OPC 40100-1, "own" the station's namespace.
        value: Number in the first two, text in the last.
    """

    space: Literal["ua", "mv", "own"]
    value: int | str


def core(number: int) -> Id:
    """A node of OPC UA itself."""
    return Id("ua", number)


def vision(number: int) -> Id:
    """A node of OPC 40100-1."""
    return Id("mv", number)


def own(name: str) -> Id:
    """A node of the station."""
    return Id("own", name)


BUILT_IN = {
    "Boolean": core(1),
    "Int32": core(6),
    "UInt32": core(7),
    "Int64": core(8),
    "String": core(12),
    "DateTime": core(13),
    "ByteString": core(15),
    "NodeId": core(17),
    "LocalizedText": core(21),
    "BaseDataType": core(24),
    "Duration": core(290),
    "UtcTime": core(294),
    "Argument": core(296),
}


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a built-in type."""

    name: str
    id: Id
    base: str


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enumeration with the values of its members."""

    name: str
    id: Id
    members: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a structure; `type` is the name of a built-in type or of one in `DATA_TYPES`."""

    name: str
    type: str
    optional: bool = False
    array: bool = False


@dataclass(frozen=True, slots=True)
class Structure:
    """A structure; `encoding` is its "Default Binary" node."""

    name: str
    id: Id
    encoding: Id
    fields: tuple[Field, ...]


# OPC 40100-1 declares identifiers as TrimmedString, which goes over the wire as the String that it is derived from. OPC
# UA itself has had a type of that name since 1.04, and asyncua's client takes one for the other and gives up.
_BINARY_ID = (
    Field("Id", "String"),
    Field("Version", "String", optional=True),
    Field("Hash", "ByteString", optional=True),
    Field("HashAlgorithm", "String", optional=True),
    Field("Description", "LocalizedText", optional=True),
)
_NAMED_ID = (Field("Id", "String"), Field("Description", "LocalizedText", optional=True))

ALIASES = (
    Alias("Handle", vision(3018), "UInt32"),
    Alias("ResultStateDataType", vision(3009), "Int32"),
)

ENUMERATIONS = (
    Enumeration("TriStateBooleanDataType", vision(3014), (("FALSE_0", 0), ("TRUE_1", 1), ("DONTCARE_2", 2))),
    Enumeration(
        "ResultEvaluation",
        own("ResultEvaluation"),
        (("Undefined", 0), ("OK", 1), ("NotOK", 2), ("NotDecidable", 3)),
    ),
)
"""The members of ResultEvaluation are those of OPC 40001-101, which has what OPC 40100-1 lacks: a verdict."""

STRUCTURES = (
    Structure("ResultIdDataType", vision(3021), vision(5274), (Field("Id", "String"),)),
    Structure("JobIdDataType", vision(3016), vision(5008), (Field("Id", "String"),)),
    Structure("MeasIdDataType", vision(3015), vision(5006), _NAMED_ID),
    Structure("PartIdDataType", vision(3004), vision(5013), _NAMED_ID),
    Structure("ProductIdDataType", vision(3003), vision(5224), _NAMED_ID),
    Structure("RecipeIdExternalDataType", vision(3002), vision(5002), _BINARY_ID),
    Structure("RecipeIdInternalDataType", vision(3013), vision(5268), _BINARY_ID),
    Structure("ConfigurationIdDataType", vision(3008), vision(5090), _BINARY_ID),
    Structure(
        "ProcessingTimesDataType",
        vision(3005),
        vision(5016),
        (
            Field("StartTime", "UtcTime"),
            Field("EndTime", "UtcTime"),
            Field("AcquisitionDuration", "Duration", optional=True),
            Field("ProcessingDuration", "Duration", optional=True),
        ),
    ),
    Structure(
        "Finding",
        own("Finding"),
        own("Finding.DefaultBinary"),
        (
            Field("Camera", "String"),
            Field("Class", "String"),
            Field("ScorePpm", "UInt32"),
            Field("Box16", "Int32", array=True),
        ),
    ),
    Structure(
        "InspectionContent",
        own("InspectionContent"),
        own("InspectionContent.DefaultBinary"),
        (
            Field("ResultEvaluation", "ResultEvaluation"),
            Field("Verdict", "String"),
            Field("Reason", "String"),
            Field("Commanded", "String"),
            Field("Confirmed", "String"),
            Field("Purpose", "String"),
            Field("LineBoot", "String"),
            Field("PartSeq", "Int64"),
            Field("PlcCount", "Int64"),
            Field("Shift", "Int64"),
            Field("RecordSeq", "Int64"),
            Field("ModelDigest", "String"),
            Field("Images", "String", array=True),
            Field("Findings", "Finding", array=True),
        ),
    ),
    Structure(
        "ResultDataType",
        vision(3006),
        vision(5018),
        (
            Field("ResultId", "ResultIdDataType"),
            Field("HasTransferableDataOnFile", "Boolean", optional=True),
            Field("IsPartial", "Boolean"),
            Field("IsSimulated", "Boolean", optional=True),
            Field("ResultState", "ResultStateDataType"),
            Field("MeasId", "MeasIdDataType", optional=True),
            Field("PartId", "PartIdDataType", optional=True),
            Field("ExternalRecipeId", "RecipeIdExternalDataType", optional=True),
            Field("InternalRecipeId", "RecipeIdInternalDataType"),
            Field("ProductId", "ProductIdDataType", optional=True),
            Field("ExternalConfigurationId", "ConfigurationIdDataType", optional=True),
            Field("InternalConfigurationId", "ConfigurationIdDataType"),
            Field("JobId", "JobIdDataType"),
            Field("CreationTime", "UtcTime"),
            Field("ProcessingTimes", "ProcessingTimesDataType", optional=True),
            Field("ResultContent", "BaseDataType", optional=True, array=True),
        ),
    ),
)
"""In the order in which they use each other."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A value where the address space says nothing of its type: `type` is the name of a structure or built-in type."""

    type: str
    value: object


DATA_TYPES: dict[str, Alias | Enumeration | Structure] = {
    each.name: each for each in (*ALIASES, *ENUMERATIONS, *STRUCTURES)
}


def type_id(name: str) -> Id:
    """The node of a data type."""
    return BUILT_IN[name] if name in BUILT_IN else DATA_TYPES[name].id
