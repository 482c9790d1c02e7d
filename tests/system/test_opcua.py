# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OPC UA server against real clients: what they see, what they may do, and who is kept out."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyAes256Sha256RsaPss, SecurityPolicyBasic256Sha256

from inspector.opcua import nodes
from inspector.opcua.certificates import REJECTED, listed, trust
from inspector.opcua.methods import Error
from inspector.opcua.nodes import Right
from inspector.opcua.users import TRIES, NewUser, add_user
from tests.api_station import IDLE
from tests.opcua_peers import (
    INT32,
    OPERATOR,
    READER,
    ClientIdentity,
    Events,
    Served,
    Session,
    connected,
    eventually,
    make_identity,
    null,
    port_of,
    run_with,
    serving,
    shows,
    state_of,
    throw,
    wait_state,
)
from tests.store_station import outcome, part


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("opcua")) as one:
        yield one


def shift(number: int, lot: str) -> dict[str, object]:
    return {"number": number, "lot": lot, "opened_us": 1, "parts": 0}


def filters(**wanted: Any) -> list[ua.Variant]:
    """Inputs of GetResultListFiltered."""
    names = ("MeasId", "PartId", "ExternalRecipeId", "InternalRecipeId", "ExternalConfigurationId")
    names += ("InternalConfigurationId", "ProductId", "JobId")
    kinds = {"ExternalRecipeId": "RecipeIdExternal", "InternalRecipeId": "RecipeIdInternal"}
    kinds |= {"ExternalConfigurationId": "ConfigurationId", "InternalConfigurationId": "ConfigurationId"}
    identifiers = [
        ua.Variant(getattr(ua, f"{kinds.get(name, name)}DataType")(Id=wanted.get(name, ""))) for name in names
    ]
    pages = [ua.Variant(wanted.get(name, 0), ua.VariantType.UInt32) for name in ("MaxResults", "StartIndex")]
    return [ua.Variant(wanted.get("ResultState", 0), INT32), *identifiers, *pages, ua.Variant(0, INT32)]


def test_state_events_and_results_follow_the_station(served: Served) -> None:
    async def body(session: Session) -> None:
        served.fake.change(**IDLE)
        await wait_state(session, nodes.AUTOMATIC_MODE, "Ready")
        events = Events()
        subscription = await session.client.create_subscription(100, events)
        kinds = {event.name: session.vision(int(event.id.value)) for event in nodes.EVENTS}
        await subscription.subscribe_events(session.node(nodes.SYSTEM), list(kinds.values()))
        served.fake.change(state="RUNNING", ready=True, reasons=[], shift=shift(8, "L-8"))
        await wait_state(session, nodes.AUTOMATIC_MODE, "ContinuousExecution")
        await shows(session, JobId="L-8", ActiveRecipe="cd" * 32, Simulated=True, Bypass=False, Ready=True)
        assert (await session.value(f"{nodes.SYSTEM}.ActiveRecipe")).Hash == bytes.fromhex("cd" * 32)
        reason = {"code": "STOP_LATE", "message": "3 verdicts were late", "advice": ""}
        served.fake.change(ready=False, stopped=True, reasons=[reason])
        await wait_state(session, nodes.MACHINE, "Error")
        await shows(session, Reasons=["STOP_LATE: 3 verdicts were late"])
        assert await session.value(f"{nodes.MACHINE}.CurrentState.Number") == 3
        assert await session.value(f"{nodes.MACHINE}.LastTransition.Number") == 430
        with pytest.raises(ua.uaerrors.BadStateNotActive):
            await state_of(session, nodes.AUTOMATIC_MODE)
        served.fake.change(ready=True, stopped=False, reasons=[])
        await wait_state(session, nodes.AUTOMATIC_MODE, "ContinuousExecution")
        served.fake.change(**IDLE)
        await wait_state(session, nodes.AUTOMATIC_MODE, "Ready")
        added = served.writer.append("part", {**part(2, "FAIL", image=True), "purpose": "challenge"}).result(30)

        async def told() -> bool:
            return bool(events.of(kinds["ResultReadyEventType"]))

        await eventually(told, "the result")
        ready = events.of(kinds["ResultReadyEventType"])[0]
        assert (ready.ResultId.Id, ready.IsSimulated, ready.JobId.Id) == (added.hash, True, "L-42")
        content = ready.ResultContent[0].Value
        assert (content.Verdict, content.ResultEvaluation, content.RecordSeq) == ("FAIL", 2, added.seq)
        assert [finding.Class for finding in content.Findings] == ["scratch"]
        changes = [(event.FromState.Text, event.ToState.Text) for event in events.of(kinds["StateChangedEventType"])]
        wanted = [
            ("Ready", "ContinuousExecution"),
            ("Operational", "Error"),
            ("Error", "Operational"),
            ("Initialized", "Ready"),
            ("Ready", "ContinuousExecution"),
            ("ContinuousExecution", "Ready"),
        ]
        told_of = iter(changes)  # more may come between them: on a slow computer the station seems to be silent
        assert all(change in told_of for change in wanted), changes
        grave = [(event.Message.Text, event.Severity) for event in events.of(kinds["ErrorEventType"])]
        assert ("3 verdicts were late", 800) in grave
        assert events.of(kinds["ErrorResolvedEventType"]) != []
        assert [event.JobId.Id for event in events.of(kinds["JobStartedEventType"])] == ["L-8"]
        assert [event.JobId.Id for event in events.of(kinds["ReadyEventType"])] == ["L-8"]
        shown = await session.value(f"{nodes.SYSTEM}.LastResult")
        assert (shown.ResultId.Id, shown.PartId.Id) == (added.hash, "SN-000184")
        assert (await session.value(f"{nodes.FOLDER}.Result0002.ResultId")).Id == added.hash
        served.writer.append("outcome", outcome(2, added.hash)).result(30)

        async def followed() -> bool:
            (content,) = (await session.value(f"{nodes.SYSTEM}.LastResult")).ResultContent
            return (content.Value.Commanded, content.Value.Confirmed) == ("reject", "reject")

        await eventually(followed, "where the part went")

    run_with(served, body)


def test_results_and_recipe_are_found(served: Served) -> None:
    async def body(session: Session) -> None:
        last = await session.value(f"{nodes.SYSTEM}.LastResult")
        one = [ua.Variant(ua.ResultIdDataType(Id=last.ResultId.Id)), ua.Variant(0, INT32)]
        handle, result, error = await session.call(f"{nodes.RESULTS}.GetResultById", *one)
        assert (handle, error, result) == (0, Error.NONE, last)
        one[0] = ua.Variant(ua.ResultIdDataType(Id="0" * 64))
        assert (await session.call(f"{nodes.RESULTS}.GetResultById", *one))[2] == Error.UNKNOWN_RESULT
        parts = await session.call(f"{nodes.RESULTS}.GetResultComponentsById", *one)
        assert (parts[4], parts[-2:]) == (0, [None, Error.UNKNOWN_RESULT])
        one[0] = ua.Variant(ua.ResultIdDataType(Id=last.ResultId.Id))
        parts = await session.call(f"{nodes.RESULTS}.GetResultComponentsById", *one)
        assert (parts[2:5], parts[6].Id, parts[12].Id) == ([False, True, 1], last.PartId.Id, last.JobId.Id)
        assert (parts[-2][0].Value.RecordSeq, parts[-1]) == (last.ResultContent[0].Value.RecordSeq, Error.NONE)
        place = f"{nodes.RESULTS}.GetResultListFiltered"
        complete, count, _handle, found, error = await session.call(place, *filters())
        assert (complete, count, found[0], error) == (True, len(found), last, Error.NONE)
        complete, count, _handle, found, _error = await session.call(place, *filters(MaxResults=1))
        assert (complete, count, len(found)) == (False, 1, 1)
        assert (await session.call(place, *filters(JobId="another")))[1] == 0
        assert (await session.call(place, *filters(ProductId="nobody has one")))[1] == 0
        assert (await session.call(place, *filters(PartId="SN-000184", JobId="L-42")))[1] >= 1
        prepared = [ua.Variant(1, INT32), *[ua.Variant(0, ua.VariantType.UInt32)] * 2, ua.Variant(0, INT32)]
        names = [null("RecipeIdExternal"), null("ProductId")]

        async def loaded() -> bool:
            answer = await session.call(f"{nodes.RECIPES}.GetRecipeListFiltered", *names, *prepared)
            return [(recipe.Id, recipe.Description.Text) for recipe in answer[3]] == [("cd" * 32, "disc")]

        await eventually(loaded, "the recipe")

    run_with(served, body, READER)


def test_only_who_may_operate_does(served: Served) -> None:
    cause = [ua.Variant(0, INT32), ua.Variant("the lamp is exchanged")]
    kinds = ("MeasId", "PartId", "RecipeIdExternal", "ProductId")
    start, stop, reset = (
        f"{nodes.AUTOMATIC_MODE}.StartContinuous",
        f"{nodes.AUTOMATIC_MODE}.Stop",
        f"{nodes.MACHINE}.Reset",
    )

    async def reader(session: Session) -> None:
        for path, inputs in ((reset, cause), (stop, cause), (start, [*map(null, kinds), ua.Variant(["L-9"])])):
            with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                await session.call(path, *inputs)

    async def operator(session: Session) -> None:
        served.fake.requests.clear()
        names = [null(kind) for kind in kinds]
        lot = ua.Variant([ua.Variant("L-9")], ua.VariantType.Variant)
        job, error = await session.call(start, *names, lot)
        assert (job.Id, error) == ("L-9", Error.NONE)
        assert await session.call(stop, *cause) == Error.NONE

        async def asked() -> bool:
            requests = [(r["command"], r["actor"], r["arguments"]["operator"]) for r in served.fake.requests]
            return requests == [(command, "opcua:mes", "opcua:mes") for command in ("shift-open", "shift-close")]

        await eventually(asked, "what the station was asked")
        refusal = {"code": "SHIFT", "message": "no rule has stopped the line", "advice": ""}
        served.fake.errors["reset-stop"] = refusal
        assert await session.call(reset, *cause) == Error.REFUSED
        served.fake.errors.clear()

        async def told() -> bool:
            words = await session.value(f"{nodes.SYSTEM}.LastRefusal")
            return bool(words == "reset-stop: no rule has stopped the line")

        await eventually(told, "the refusal in words")
        served.fake.answers["reset-stop"] = lambda _request: {"seq": 9, "cleared": ["STOP_LATE"]}
        assert await session.call(reset, *cause) == Error.NONE
        assert served.fake.requests[-1]["arguments"]["reason"] == "the lamp is exchanged"
        assert await session.call(reset, cause[0], ua.Variant("")) == Error.ARGUMENT
        assert (await session.call(start, *names, ua.Variant([ua.Variant(5)], ua.VariantType.Variant)))[1] == (
            Error.ARGUMENT
        )
        with pytest.raises(ua.uaerrors.BadArgumentsMissing):
            await session.call(reset, cause[0])
        with pytest.raises(ua.uaerrors.BadInvalidArgument):
            await session.call(reset, ua.Variant("0"), cause[1])
        with pytest.raises(ua.uaerrors.BadMethodInvalid):
            await session.node(nodes.SYSTEM).call_method(session.node(reset), *cause)

    run_with(served, reader, READER)
    run_with(served, operator)


def test_nothing_can_be_written(served: Served) -> None:
    async def body(session: Session) -> None:
        for path in (f"{nodes.SYSTEM}.Ready", f"{nodes.FOLDER}.Result0001"):
            with pytest.raises(ua.uaerrors.BadNotWritable):
                await session.node(path).write_value(ua.DataValue(ua.Variant(True)))
        with pytest.raises(ua.uaerrors.BadServiceUnsupported):
            await session.client.delete_nodes([session.node(nodes.SYSTEM)])
        with pytest.raises(ua.uaerrors.BadServiceUnsupported):
            await session.node(nodes.SYSTEM).add_object(3, "mine")

    run_with(served, body)


def test_who_is_not_known_stays_out(served: Served, tmp_path: Path) -> None:
    async def refused(identity: ClientIdentity, user: tuple[str, str] | None, *errors: type[Exception]) -> None:
        with pytest.raises(errors):
            async with connected(served.station, identity, user):
                raise AssertionError("somebody got in")

    stranger, expired = make_identity(tmp_path, "stranger"), make_identity(tmp_path, "expired", (-3, -1))
    trust(served.station, expired.certificate)
    closed = (ConnectionError, TimeoutError, ua.UaError)
    asyncio.run(refused(served.identity, None, ua.uaerrors.BadIdentityTokenRejected))
    asyncio.run(refused(stranger, OPERATOR, *closed))
    asyncio.run(refused(expired, OPERATOR, *closed))
    assert [each.subject for each in listed(served.station, REJECTED)] == ["CN=stranger"]
    trust(served.station, listed(served.station, REJECTED)[0].path)
    assert listed(served.station, REJECTED) == []
    guessed = NewUser("guessed", Right.READ, "a password to guess")
    add_user(served.station, guessed)
    for _ in range(TRIES):
        asyncio.run(refused(stranger, (guessed.name, "a wrong password"), ua.uaerrors.BadUserAccessDenied))
    asyncio.run(refused(stranger, (guessed.name, guessed.password), ua.uaerrors.BadUserAccessDenied))
    assert "CN=stranger" in served.process.log and "too many wrong passwords" in served.process.log
    assert guessed.password not in served.process.log and "a wrong password" not in served.process.log

    async def another_policy() -> None:
        async with connected(served.station, stranger, OPERATOR, SecurityPolicyAes256Sha256RsaPss) as session:
            await shows(session, Shift=0)

    served.fake.change(**IDLE)
    asyncio.run(another_policy())


def test_without_security_there_are_the_endpoints_and_nothing_else(served: Served) -> None:
    async def body() -> None:
        client = Client(f"opc.tcp://127.0.0.1:{port_of(served.station)}/inspector", timeout=60)
        endpoints = await client.connect_and_get_server_endpoints()
        assert {(str(e.SecurityPolicyUri), e.SecurityMode) for e in endpoints} == {
            (SecurityPolicyBasic256Sha256.URI, ua.MessageSecurityMode.SignAndEncrypt),
            (SecurityPolicyAes256Sha256RsaPss.URI, ua.MessageSecurityMode.SignAndEncrypt),
        }
        assert {token.TokenType for e in endpoints for token in e.UserIdentityTokens} == {ua.UserTokenType.UserName}
        client = Client(f"opc.tcp://127.0.0.1:{port_of(served.station)}/inspector", timeout=60)
        client.set_user(OPERATOR[0])
        client.set_password(OPERATOR[1])
        await client.connect_sessionless()
        try:
            with pytest.raises(ua.uaerrors.BadSecurityModeRejected):
                await client.create_session()
        finally:
            await client.disconnect_sessionless()

    asyncio.run(body())


def test_hostile_bytes_do_not_end_it(served: Served) -> None:
    port, dice = port_of(served.station), random.Random(7)
    hello = b"HELF" + (32).to_bytes(4, "little") + bytes(20) + b"\xff" * 4
    huge = b"MSGF" + (0xFFFF_FFF0).to_bytes(4, "little")
    junk = [dice.randbytes(dice.randrange(1, 400)) for _ in range(8)]
    mangled = [kind + (60).to_bytes(4, "little") + dice.randbytes(52) for kind in (b"OPNF", b"MSGF", b"CLOF", b"ERRF")]
    thrown = [b"GET / HTTP/1.1\r\n\r\n", hello, hello + huge, huge + bytes(400_000), *junk, *mangled]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda data: throw(port, data), thrown))

    async def body(session: Session) -> None:
        await shows(session, Simulated=True)

    run_with(served, body)
    assert served.process.process.poll() is None


def test_one_client_does_not_touch_what_is_anothers(served: Served) -> None:
    async def body() -> None:
        served.fake.change(**IDLE)
        async with (
            connected(served.station, served.identity) as one,
            connected(served.station, served.identity, READER) as other,
        ):
            values = Values()
            subscription = await one.client.create_subscription(100, values)
            await subscription.subscribe_data_change(one.node(f"{nodes.SYSTEM}.JobId"))
            number = subscription.subscription_id
            (refused,) = await other.client.uaclient.delete_subscriptions([number])
            assert refused.name == "BadSubscriptionIdInvalid"
            theirs = await other.client.create_subscription(100, Events())
            theirs.subscription_id = number
            with pytest.raises(ua.uaerrors.BadSubscriptionIdInvalid):
                await theirs.subscribe_data_change(other.node(f"{nodes.SYSTEM}.JobId"))
            with pytest.raises(ua.uaerrors.BadSubscriptionIdInvalid):
                await theirs.set_publishing_mode(False)
            served.fake.change(state="RUNNING", ready=True, reasons=[], shift=shift(9, "L-mine"))

            async def heard() -> bool:
                return "L-mine" in values.heard

            await eventually(heard, "the first one's subscription lives")

    asyncio.run(body())


def test_a_filter_that_does_not_fit_ends_its_subscription_only(served: Served) -> None:
    async def body(session: Session) -> None:
        served.fake.change(**IDLE)
        await wait_state(session, nodes.AUTOMATIC_MODE, "Ready")
        good, bad = Events(), Events()
        place = session.node(nodes.SYSTEM)
        subscription = await session.client.create_subscription(100, good)
        await subscription.subscribe_events(place, session.vision(1018))
        strange = ua.SimpleAttributeOperand(BrowsePath=[ua.QualifiedName("emitting_node")])
        strange.AttributeId = ua.AttributeIds.Value
        nothing = ua.SimpleAttributeOperand(AttributeId=ua.UInt32(99))
        for operand in (strange, nothing):
            other = await session.client.create_subscription(100, bad)
            await other.subscribe_events(place, evfilter=ua.EventFilter(SelectClauses=[operand]))
        served.fake.change(state="RUNNING", ready=True, reasons=[], shift=shift(10, "L-10"))

        async def told() -> bool:
            return bool(good.of(session.vision(1018)))

        await eventually(told, "the event")
        assert bad.heard == []
        assert served.process.log.count("its filter of events does not fit") == 2
        await session.client.uaclient.delete_subscriptions([subscription.subscription_id])

    run_with(served, body)


class Values:
    """Notes the lots of a subscription."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def datachange_notification(self, _node: Any, value: Any, _data: Any) -> None:
        self.heard.append(value.Id)


def test_there_is_an_end_to_what_clients_can_take(served: Served) -> None:
    async def body(session: Session) -> None:
        for _ in range(3):
            made = await session.client.create_subscription(1, Events())
            assert made.parameters.RequestedPublishingInterval >= 100
        with pytest.raises(ua.uaerrors.BadTooManySubscriptions):
            await session.client.create_subscription(100, Events())
        with pytest.raises(ua.uaerrors.BadServiceUnsupported):
            await session.client.uaclient.register_server(ua.RegisteredServer())
        with pytest.raises(ua.uaerrors.BadTooManyMonitoredItems):
            await made.subscribe_data_change([session.node(f"{nodes.SYSTEM}.Ready")] * 501)

    run_with(served, body)
    with socket.create_connection(("127.0.0.1", port_of(served.station)), 60) as flood:
        flood.sendall(b"MSGF" + (0xFFFF_FFF0).to_bytes(4, "little"))
        with pytest.raises(OSError):
            for _ in range(2_000):
                flood.sendall(bytes(1 << 16))
    with contextlib.ExitStack() as stack:
        address = ("127.0.0.1", port_of(served.station))
        crowd = [stack.enter_context(socket.create_connection(address, 60)) for _ in range(20)]
        crowd[-1].settimeout(60)
        assert crowd[-1].recv(1) == b"", "one too many is sent away"

    async def gone() -> bool:
        try:
            async with connected(served.station, served.identity):
                return True
        except (OSError, ua.UaError):
            return False  # the crowd has not quite left

    asyncio.run(eventually(gone, "a place for others"))


def test_a_station_that_is_gone_is_said(served: Served) -> None:
    async def body(session: Session) -> None:
        served.fake.silent = True
        await wait_state(session, nodes.MACHINE, "Error")
        with pytest.raises(ua.uaerrors.BadNoCommunication):
            await session.value(f"{nodes.SYSTEM}.JobId")
        assert "has not answered" in (await session.value(f"{nodes.SYSTEM}.Reasons"))[0]
        served.fake.silent = False
        served.fake.change(**IDLE)
        await wait_state(session, nodes.AUTOMATIC_MODE, "Ready")

    run_with(served, body)
