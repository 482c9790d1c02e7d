# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the address space from the tables."""

from __future__ import annotations

from typing import Any

from asyncua import Server, ua

from inspector.opcua import nodes
from inspector.opcua.nodes import Method, Variable
from inspector.opcua.stack.values import Values
from inspector.opcua.states import AUTOMATIC, MAIN, TRANSITIONS, State
from inspector.opcua.types import (
    ALIASES,
    ENUMERATIONS,
    MACHINE_VISION,
    OWN,
    STRUCTURES,
    Enumeration,
    Field,
    Id,
    Structure,
    core,
    own,
    type_id,
    vision,
)

_COMPONENT, _PROPERTY, _SUBTYPE, _ORGANIZES, _ENCODING = core(47), core(46), core(45), core(35), core(38)
_INITIAL_STATE, _STATE, _TRANSITION, _DATA_ENCODING = core(2309), core(2307), core(2310), core(76)
_STRUCTURE, _ENUMERATION = core(22), core(29)
_MACHINES = {nodes.MACHINE: vision(1017), nodes.AUTOMATIC_MODE: vision(1021)}


class Space:
    """The nodes of a server that does not listen yet.

    Args:
        server: Initialised.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._indexes = {"ua": 0, "mv": 0, "own": 0}
        self.values = Values(self.node_id, {})
        self._fields: dict[str, Field] = {}

    def node_id(self, name: Id) -> ua.NodeId:
        """The node identifier of a name of the tables."""
        value: Any = name.value
        return ua.NodeId(value, ua.Int16(self._indexes[name.space]))

    async def build(self, results: int) -> None:
        """Make all nodes.

        Args:
            results: Number of result variables in the folder of results.
        """
        self._indexes["mv"] = await self._server.register_namespace(MACHINE_VISION)
        self._indexes["own"] = await self._server.register_namespace(OWN)
        await self._data_types()
        for kind in nodes.TYPES:
            node_class = ua.NodeClass.ObjectType if kind.kind == "object" else ua.NodeClass.VariableType
            await self._add(kind.id, kind.supertype, _SUBTYPE, ("mv", kind.name), node_class)
        await self._states()
        await self._events()
        for item in nodes.OBJECTS:
            parent = own(nodes.parent_of(item.path)) if "." in item.path else core(85)
            reference = _COMPONENT if "." in item.path else _ORGANIZES
            name = ("mv" if "." in item.path else "own", _last(item.path))
            await self._add(own(item.path), parent, reference, name, ua.NodeClass.Object, item.type)
        await self._notifiers()
        for variable in nodes.VARIABLES:
            await self._variable(variable)
        for number in range(results):
            for variable in result_variables(number):
                await self._variable(variable)
        for method in nodes.METHODS:
            await self._method(method)

    async def write(self, path: str, value: object, status: int = ua.StatusCodes.Good) -> None:
        """Set a variable; None with a bad status says why there is no value."""
        data = ua.DataValue(self.values.variant(self._fields[path], value), ua.StatusCode(ua.UInt32(status)))
        # Not by way of the server's own method, which does not hand on what became of it.
        answer = await self._server.iserver.aspace.write_attribute_value(
            self.node_id(own(path)), ua.AttributeIds.Value, data
        )
        answer.check()

    async def _notifiers(self) -> None:
        """Whose events are passed on to whom: those of each object to the vision system, those to the server."""
        for place in (nodes.SYSTEM, *nodes.EVENT_SOURCES):
            node = self._server.get_node(self.node_id(own(place)))
            await node.set_event_notifier([ua.EventNotifier.SubscribeToEvents])
            above = core(2253) if place == nodes.SYSTEM else own(nodes.SYSTEM)
            item = ua.AddReferencesItem(
                SourceNodeId=self.node_id(above),
                ReferenceTypeId=self.node_id(core(48)),
                IsForward=True,
                TargetNodeId=self.node_id(own(place)),
                TargetNodeClass=ua.NodeClass.Object,
            )
            for result in await self._server.iserver.isession.add_references([item]):
                result.check()

    async def _data_types(self) -> None:
        for alias in ALIASES:
            await self._add(alias.id, type_id(alias.base), _SUBTYPE, ("mv", alias.name), ua.NodeClass.DataType)
        for enumeration in ENUMERATIONS:
            await self._data_type(enumeration, _ENUMERATION)
        for structure in STRUCTURES:
            await self._data_type(structure, _STRUCTURE)
            await self._add(
                structure.encoding,
                structure.id,
                _ENCODING,
                ("ua", "Default Binary"),
                ua.NodeClass.Object,
                _DATA_ENCODING,
            )
        classes = await self._server.load_data_type_definitions()
        self.values = Values(self.node_id, classes)

    async def _data_type(self, described: Enumeration | Structure, base: Id) -> None:
        await self._add(described.id, base, _SUBTYPE, (described.id.space, described.name), ua.NodeClass.DataType)
        node = self._server.get_node(self.node_id(described.id))
        if isinstance(described, Structure):
            await node.write_data_type_definition(self._definition(described))
        else:
            await node.write_data_type_definition(_enumeration(described))

    def _definition(self, structure: Structure) -> ua.StructureDefinition:
        optional = any(field.optional for field in structure.fields)
        kind = ua.StructureType.StructureWithOptionalFields if optional else ua.StructureType.Structure
        return ua.StructureDefinition(
            DefaultEncodingId=self.node_id(structure.encoding),
            BaseDataType=self.node_id(_STRUCTURE),
            StructureType=kind,
            Fields=[
                ua.StructureField(
                    Name=field.name,
                    DataType=self.node_id(type_id(field.type)),
                    ValueRank=ua.Int32(1 if field.array else -1),
                    ArrayDimensions=[ua.UInt32(0)] if field.array else [],
                    IsOptional=field.optional,
                )
                for field in structure.fields
            ],
        )

    async def _states(self) -> None:
        for machine, states in ((nodes.MACHINE, MAIN), (nodes.AUTOMATIC_MODE, AUTOMATIC)):
            for state in states:
                definition = _INITIAL_STATE if state is states[0] else _STATE
                await self._numbered(state, _MACHINES[machine], definition, "StateNumber")
        for transition in TRANSITIONS:
            machine = nodes.MACHINE if transition.source in MAIN else nodes.AUTOMATIC_MODE
            named = State(transition.name, transition.id, transition.number)
            await self._numbered(named, _MACHINES[machine], _TRANSITION, "TransitionNumber")

    async def _numbered(self, named: State, parent: Id, definition: Id, number: str) -> None:
        await self._add(named.id, parent, _COMPONENT, ("mv", named.name), ua.NodeClass.Object, definition)
        path = f"{_type_name(parent)}.{named.name}.{number}"
        await self._plain_variable(own(path), named.id, ("ua", number), Field(number, "UInt32"), named.number)

    async def _events(self) -> None:
        for event in nodes.EVENTS:
            await self._add(event.id, event.supertype, _SUBTYPE, ("mv", event.name), ua.NodeClass.ObjectType)
            for field in event.fields:
                await self._plain_variable(own(f"{event.name}.{field.name}"), event.id, ("mv", field.name), field, None)

    async def _plain_variable(self, node: Id, parent: Id, name: tuple[str, str], field: Field, value: object) -> None:
        """A property."""
        attributes = self._attributes(field, value)
        await self._add(node, parent, _PROPERTY, name, ua.NodeClass.Variable, nodes.PROPERTY, attributes)

    async def _variable(self, variable: Variable) -> None:
        field = Field(_last(variable.path), variable.type, array=variable.array)
        self._fields[variable.path] = field
        await self._add(
            own(variable.path),
            own(nodes.parent_of(variable.path)),
            _PROPERTY if variable.definition == nodes.PROPERTY else _COMPONENT,
            (variable.space, field.name),
            ua.NodeClass.Variable,
            variable.definition,
            self._attributes(field, None),
        )
        await self.write(variable.path, None, ua.StatusCodes.BadWaitingForInitialData)

    def _attributes(self, field: Field, value: object) -> ua.VariableAttributes:
        return ua.VariableAttributes(
            Value=self.values.variant(field, value),
            DataType=self.node_id(type_id(field.type)),
            ValueRank=ua.Int32(1 if field.array else -1),
            ArrayDimensions=[ua.UInt32(0)] if field.array else [],
            AccessLevel=ua.Byte(ua.AccessLevel.CurrentRead.mask),
            UserAccessLevel=ua.Byte(ua.AccessLevel.CurrentRead.mask),
        )

    async def _method(self, method: Method) -> None:
        node = own(method.path)
        await self._add(node, own(nodes.parent_of(method.path)), _COMPONENT, ("mv", method.name), ua.NodeClass.Method)
        for name, fields in (("InputArguments", method.inputs), ("OutputArguments", method.outputs)):
            attributes = self._attributes(Field(name, "Argument", array=True), None)
            attributes.Value = ua.Variant([self._argument(field) for field in fields])
            place = own(f"{method.path}.{name}")
            await self._add(place, node, _PROPERTY, ("ua", name), ua.NodeClass.Variable, nodes.PROPERTY, attributes)

    def _argument(self, field: Field) -> ua.Argument:
        return ua.Argument(
            Name=field.name,
            DataType=self.node_id(type_id(field.type)),
            ValueRank=ua.Int32(1 if field.array else -1),
            ArrayDimensions=[ua.UInt32(0)] if field.array else [],
        )

    async def _add(
        self,
        node: Id,
        parent: Id,
        reference: Id,
        name: tuple[str, str],
        node_class: ua.NodeClass,
        definition: Id | None = None,
        attributes: ua.VariableAttributes | None = None,
    ) -> None:
        made = attributes if attributes is not None else _attributes_of(node_class)
        made.DisplayName = ua.LocalizedText(name[1])
        item = ua.AddNodesItem(
            RequestedNewNodeId=self.node_id(node),
            ParentNodeId=self.node_id(parent),
            ReferenceTypeId=self.node_id(reference),
            BrowseName=ua.QualifiedName(name[1], ua.UInt16(self._indexes[name[0]])),
            NodeClass=node_class,
            NodeAttributes=made,
        )
        if definition is not None:
            item.TypeDefinition = self.node_id(definition)
        for result in await self._server.iserver.isession.add_nodes([item]):
            result.StatusCode.check()


def result_variables(number: int) -> list[Variable]:
    """One result variable of the folder and what hangs below it."""
    path = f"{nodes.FOLDER}.Result{number + 1:04d}"
    below = [Variable(f"{path}.{f.name}", f.type, "mv", array=f.array) for f in nodes.RESULT_FIELDS]
    return [Variable(path, "ResultDataType", "own", vision(2002)), *below]


def _attributes_of(
    node_class: ua.NodeClass,
) -> (
    ua.ObjectAttributes
    | ua.ObjectTypeAttributes
    | ua.VariableTypeAttributes
    | ua.DataTypeAttributes
    | ua.MethodAttributes
):
    if node_class == ua.NodeClass.Object:
        return ua.ObjectAttributes(EventNotifier=ua.Byte(0))
    if node_class == ua.NodeClass.ObjectType:
        return ua.ObjectTypeAttributes(IsAbstract=False)
    if node_class == ua.NodeClass.VariableType:
        return ua.VariableTypeAttributes(IsAbstract=False)
    if node_class == ua.NodeClass.DataType:
        return ua.DataTypeAttributes(IsAbstract=False)
    return ua.MethodAttributes(Executable=True, UserExecutable=True)


def _enumeration(described: Enumeration) -> ua.EnumDefinition:
    return ua.EnumDefinition(
        Fields=[
            ua.EnumField(Value=ua.Int64(value), Name=name, DisplayName=ua.LocalizedText(name))
            for name, value in described.members
        ]
    )


def _type_name(kind: Id) -> str:
    return next(each.name for each in nodes.TYPES if each.id == kind)


def _last(path: str) -> str:
    return path.rpartition(".")[2]
