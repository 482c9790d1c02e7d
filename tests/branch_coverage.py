# SPDX-License-Identifier: AGPL-3.0-or-later
"""Branch coverage of `inspector.evidence` by its own tests: `make coverage`; fails below 95 %.

Branches only: a line that ran says little about code whose purpose is to refuse. The tests are those that read or write
evidence in the process of the test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

AIM = 95.0
TESTS = (
    "tests/fuzz",
    "tests/unit/attacks",
    "tests/unit/verify",
    "tests/unit/test_bundle_writer.py",
    "tests/unit/test_cosignature.py",
    "tests/unit/test_directory_log.py",
    "tests/unit/test_bundle_erasures.py",
    "tests/unit/test_evm_auditor.py",
    "tests/unit/test_export_bundle.py",
    "tests/unit/test_export_proof.py",
    "tests/unit/test_formats_page.py",
    "tests/unit/test_key_rotation.py",
    "tests/unit/test_keys_and_seals.py",
    "tests/unit/test_log_rotation.py",
    "tests/unit/test_merkle.py",
    "tests/unit/test_note_and_proof.py",
    "tests/unit/test_permit.py",
    "tests/unit/test_plant_root.py",
    "tests/unit/test_record.py",
    "tests/unit/test_release_note.py",
    "tests/unit/test_retention.py",
    "tests/unit/test_station_keeping.py",
    "tests/unit/test_time_stamps.py",
)


def measure(folder: Path) -> dict[str, dict[str, int]]:
    """Run the tests; the summary of each file by its name, and that of all as `TOTAL`."""
    environment = {**os.environ, "COVERAGE_FILE": str(folder / "data"), "QT_QPA_PLATFORM": "offscreen"}
    coverage = [sys.executable, "-m", "coverage"]
    run = [*coverage, "run", "--branch", "--source=inspector.evidence", "-m", "pytest", "-q", "-m", "not long"]
    subprocess.run([*run, "-p", "no:cacheprovider", *TESTS], check=True, env=environment)
    subprocess.run([*coverage, "json", "-q", "-o", str(folder / "report")], check=True, env=environment)
    report = json.loads((folder / "report").read_text(encoding="utf-8"))
    files = {Path(name).name: one["summary"] for name, one in report["files"].items()}
    return {**files, "TOTAL": report["totals"]}


def main() -> int:
    """Print what is missing, most first; 1 below the aim."""
    with tempfile.TemporaryDirectory() as folder:
        summaries = measure(Path(folder))
    missing = {name: one["num_branches"] - one["covered_branches"] for name, one in summaries.items()}
    for name, count in sorted(missing.items(), key=lambda item: item[1]):
        if count:
            print(f"{name:28} {count:4} of {summaries[name]['num_branches']} branches not taken")
    total = summaries["TOTAL"]
    percent = 100 * total["covered_branches"] / total["num_branches"]
    print(f"branch coverage of inspector.evidence: {percent:.1f} % (at least {AIM:.0f} %)")
    return 0 if percent >= AIM else 1


if __name__ == "__main__":
    raise SystemExit(main())
