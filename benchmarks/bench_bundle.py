# SPDX-License-Identifier: AGPL-3.0-or-later
"""Export and check of a long history as one bundle: `python -m benchmarks.bench_bundle [--records N]`.

A million records are 333,333 parts, each with its image-stored record and its outcome; each image is there, as a small
file, because the number of members costs memory and their size does not. Export and verification run in processes of
their own, as commands do; their memory is the largest resident set. Verification leaves the images out: they are not
the ones that the records name. The million takes about three minutes, most of which make the history.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.history import build_history
from inspector.store.snapshot import Snapshot

RECORDS = 1_000_000
AIM_MB = 300
_EXPORT = """
from inspector.store.bundle import everything, export_bundle
done = export_bundle(Path(sys.argv[1]), everything(), Path(sys.argv[2]))
assert done.images_missing == 0, done.images_missing
"""
_VERIFY = """
from inspector.evidence.verify.bundle import verify_bundle
report = verify_bundle(Path(sys.argv[2]), check_images=False)
assert report.exit_code == 0, report.first
"""
_CHILD = """
import sys
from pathlib import Path
{}
status = Path("/proc/self/status").read_text()  # getrusage would begin with what the parent had at the fork
print(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024)
"""


def put_images(station: Path) -> int:
    """A file for each image that the records name, all of them links to one; returns how many."""
    (station / "images").mkdir()
    picture = station / "images" / "picture"
    picture.write_bytes(bytes(100))
    count = 0
    with Snapshot(station) as snapshot:
        for kind, data in snapshot.records(1, snapshot.newest):
            if kind == "image-stored":
                digest = str(json.loads(data)["image_digest"])
                folder = station / "images" / digest[:2]
                folder.mkdir(exist_ok=True)
                (folder / f"{digest}.png").symlink_to(picture)
                count += 1
    return count


def run(program: str, station: Path, bundle: Path) -> tuple[float, int]:
    """Seconds and megabytes of one of the programs above."""
    started = time.perf_counter()
    command = [sys.executable, "-c", _CHILD.format(program), str(station), str(bundle)]
    memory_mb = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return round(time.perf_counter() - started, 1), memory_mb


def measure(records: int) -> dict[str, object]:
    """Build a history, export and check it; the result as a document."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        station, bundle = Path(folder) / "station", Path(folder) / "all.zip"
        build_history(station, records)
        images = put_images(station)
        export_s, export_mb = run(_EXPORT, station, bundle)
        verify_s, verify_mb = run(_VERIFY, station, bundle)
        size = bundle.stat().st_size
    return {
        "records": records,
        "images": images,
        "bundle_mb": round(size / 1e6),
        "python": platform.python_version(),
        "export_s": export_s,
        "export_mb": export_mb,
        "verify_s": verify_s,
        "verify_mb": verify_mb,
        "aim_mb": AIM_MB,
    }


def main() -> None:
    """Print words or one JSON document."""
    parser = argparse.ArgumentParser(description="export and check of a long history as a bundle")
    parser.add_argument("--records", type=int, default=RECORDS, help=f"length of the history; {RECORDS} by default")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    arguments = parser.parse_args()
    result = measure(arguments.records)
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['records']} records and {result['images']} images in a bundle of {result['bundle_mb']} MB")
    print(f"exported in {result['export_s']} s with {result['export_mb']} MB of memory (at most {AIM_MB})")
    print(f"verified in {result['verify_s']} s with {result['verify_mb']} MB of memory (at most {AIM_MB})")


if __name__ == "__main__":
    main()
