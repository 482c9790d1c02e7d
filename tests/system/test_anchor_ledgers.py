# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station with a log of its own and one that it shares: the shared one is away for a whole shift, and back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from inspector.config import load_config
from inspector.evidence.keys import create_key
from inspector.evidence.seal import parse_document, split_leaf
from inspector.store.read import RecordReader
from ledger_anchor.log.files import read_log
from tests.fault.test_anchor_kill import ORIGIN as OWN
from tests.fault.test_anchor_kill import SETTINGS, FakeStation, anchor
from tests.ledger_rig import ORIGIN as SHARED
from tests.ledger_rig import SharedLog
from tests.store_station import CLOSE, PERSON, make_writer, opening, part, run_shift

BOTH = (OWN, SHARED)


def test_away_for_a_whole_shift_and_back_every_seal_is_anchored_once(tmp_path: Path) -> None:
    path = tmp_path / "station"
    (path / "keys").mkdir(parents=True)
    key = create_key(path / "keys/station.key", "a long passphrase", path / "keys/station.pub")
    shared = SharedLog(tmp_path, {"demo": key})
    with closing(make_writer(path, key)) as writer:
        try:
            shared.start()
            (path / "keys/log.token").write_text(shared.tokens["demo"])
            (path / "shared.policy").write_bytes((shared.log_folder / "witnesses.policy").read_bytes())
            (path / "station.toml").write_text(
                f'{SETTINGS}\n[[ledger.shared]]\nkind = "log"\nurl = "{shared.server.url}"\nkey = "{shared.vkey}"\n'
                'witnesses = "shared.policy"\ntoken_file = "keys/log.token"\n'
            )
            assert load_config(path).ledger.origins == BOTH
            run_shift(writer, 3)
            station = FakeStation(path, writer)
            try:
                with anchor(path):
                    station.until(lambda: not waits(path, SHARED) and not waits(path, OWN), acknowledge=True)
                    shared.server.kill()
                    writer.append("shift-open", opening(writer)).result(10)
                    for number in (4, 5, 6):
                        writer.append("part", part(number)).result(10)
                        writer.sign_head().result(10)
                        station.until(lambda: not waits(path, OWN), acknowledge=True)
                    assert waits(path, SHARED)
                writer.seal_shift(PERSON, CLOSE).result(30)
                run_shift(writer, 2, start=7)
                with RecordReader(path) as reader:
                    assert [reader.ledger_state(BOTH, needed).anchored for needed in (1, 2)] == [1, 1]
                with anchor(path):  # killed before, with all of this waiting, and once more on the way
                    station.until(lambda: not waits(path, OWN), acknowledge=True)
                    with RecordReader(path) as reader:
                        assert [reader.ledger_state(BOTH, needed).anchored for needed in (1, 2)] == [3, 1]
                    shared.server.start()
                    shared.server.wait()
                    station.until(
                        lambda: any(one["ledger"]["origin"] == SHARED for one in station.receipts[-1:]),
                        acknowledge=False,
                    )
                with anchor(path):
                    station.until(lambda: not waits(path, SHARED), acknowledge=True)
                with RecordReader(path) as reader:
                    assert reader.ledger_state(BOTH, 2).anchored == 3
            finally:
                station.hub.close()
        finally:
            shared.close()
    seals = [one for one in kinds(shared.log_folder) if one[0] == "seal"]
    assert seals == [("seal", 1), ("seal", 2), ("seal", 3)]
    assert [one for one in kinds(path / "ledger") if one[0] == "seal"] == seals


def waits(path: Path, origin: str) -> bool:
    with RecordReader(path) as reader:
        return bool(reader.unreceipted_seals(origin) or reader.unreceipted_head(origin))


def kinds(folder: Path) -> list[tuple[str, int]]:
    documents = [parse_document(split_leaf(entry).data) for entry in read_log(folder).entries]
    return [(str(one["type"]), int(str(one["shift"]))) for one in documents]
