# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes `data_samples/bundle` anew: `python -m data_samples.make_bundle`.

A demo shift with the simulated camera, its bundle without the image files (they are forty times as large as the rest),
and the policy of somebody who has seen the station.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from inspector.cli import main
from inspector.store.read import RecordReader

POLICY = """\
# What somebody knows who has seen the station of sample.zip, and what they ask for (docs/auditor.md).
station = "demo"
station_key = "{station_key}"
log_key = "{log_key}"
require = ["log"]
latest = {{ shift = 1, seal = "{seal}" }}
"""


def make(folder: Path, parts: int = 8) -> None:
    """Write `sample.zip` and `policy.toml` into a folder, which is made if it is missing.

    Raises:
        RuntimeError: A command failed; it has said why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        station = Path(scratch) / "station"
        _run("demo", "--headless", "--parts", str(parts), "--station", str(station))
        output = folder / "sample.zip"
        _run("export", "bundle", "--station", str(station), "--all", "--no-images", "-o", str(output), "--force")
        with RecordReader(station) as reader:
            seal = reader.shifts()[0].seal
        policy = POLICY.format(
            station_key=(station / "keys" / "station.pub").read_text(encoding="ascii").strip(),
            log_key=(station / "ledger" / "log.vkey").read_text(encoding="ascii").strip(),
            seal=seal,
        )
    (folder / "policy.toml").write_text(policy, encoding="utf-8")


def _run(*command: str) -> None:
    if main(command):
        raise RuntimeError(f"inspector {' '.join(command)} failed")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "bundle")
