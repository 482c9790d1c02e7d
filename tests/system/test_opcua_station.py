# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OPC UA server of a real station: it is operated by it, and inspects on when the server hangs or dies."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import psutil
import pytest
from asyncua import ua

from inspector.opcua import nodes
from inspector.opcua.methods import Error
from inspector.store.read import RecordReader
from tests.opcua_peers import INT32, SETTINGS, connected, eventually, null, prepare, wait_state
from tests.rig import StationRig, until


@pytest.mark.long
def test_a_real_station_is_operated_and_loses_no_part_when_it_dies(tmp_path: Path) -> None:
    rig = StationRig(tmp_path / "station")
    with (rig.directory / "station.toml").open("a") as file:
        file.write(SETTINGS + "anonymous_read = true\n")
    identity = prepare(rig.directory)
    kinds = ("MeasId", "PartId", "RecipeIdExternal", "ProductId")

    async def begin() -> None:
        async with connected(rig.directory, identity) as session:
            await wait_state(session, nodes.AUTOMATIC_MODE, "Ready")
            lot = ua.Variant([ua.Variant("L-OPC")], ua.VariantType.Variant)
            start = f"{nodes.AUTOMATIC_MODE}.StartContinuous"
            job, error = await session.call(start, *map(null, kinds), lot)
            assert (job.Id, error) == ("L-OPC", Error.NONE)
            await wait_state(session, nodes.AUTOMATIC_MODE, "ContinuousExecution")
        async with connected(rig.directory, identity, None) as anonymous:

            async def shown() -> bool:
                try:
                    return bool((await anonymous.value(f"{nodes.SYSTEM}.JobId")).Id == "L-OPC")
                except ua.uaerrors.BadNoCommunication:
                    return False  # a slow computer: the station seems to be silent

            await eventually(shown, "the lot")
            for path in (f"{nodes.AUTOMATIC_MODE}.Stop", f"{nodes.RESULTS}.GetResultById"):
                with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                    await anonymous.call(path, ua.Variant(0, INT32), ua.Variant(""))

    async def end() -> None:
        async with connected(rig.directory, identity) as session:
            inputs = [ua.Variant(0, INT32), ua.Variant("end of lot")]
            assert await session.call(f"{nodes.AUTOMATIC_MODE}.Stop", *inputs) == Error.NONE
            # Not Ready: to stop its belt the test has changed a setting, and that waits for a restart.
            await wait_state(session, nodes.AUTOMATIC_MODE, "Initialized")
            last = await session.value(f"{nodes.SYSTEM}.LastResult")
            assert last.ResultId.Id == rig_hash(rig)
            assert (last.JobId.Id, last.IsSimulated) == ("L-OPC", True)

    with rig:
        asyncio.run(begin())
        rig.wait_parts(5)
        before = rig.pid("opcua")
        psutil.Process(before).suspend()  # as if it hung
        rig.wait_parts(10)
        rig.kill("opcua")
        rig.wait_parts(15)
        until(lambda: listener_of(rig) not in (None, before), "another OPC UA process")
        rig.stop_belt()
        rig.wait_line_quiet()
        asyncio.run(end())
    verdicts = rig.check_promises()
    assert sum(verdicts.values()) >= 15


def listener_of(rig: StationRig) -> int | None:
    """Process number of who listens."""
    try:
        return int(json.loads((rig.directory / "run" / "opcua.endpoint.json").read_bytes())["pid"])
    except FileNotFoundError:
        return None


def rig_hash(rig: StationRig) -> str:
    """Hash of the last part record."""
    with RecordReader(rig.directory) as reader:
        return reader.latest(1, kind="part")[0].hash
