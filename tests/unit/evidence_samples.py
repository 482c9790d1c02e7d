# SPDX-License-Identifier: AGPL-3.0-or-later
"""One good example of each record type, for the tests of evidence."""

from __future__ import annotations

H1, H2, H3 = "1" * 64, "2" * 64, "3" * 64
BOOT = "00000000000000b1"
LINE_BOOT = "00000000000000a1"
T0_US = 1_790_000_000_000_000

COUNTS: dict[str, object] = {
    "parts": 0,
    "gaps": 0,
    "gap_parts": 0,
    "verdicts": dict.fromkeys(
        ("PASS", "FAIL", "NO_DECISION", "LATE", "ERROR", "BYPASSED", "MISSING_IMAGE", "UNTRACKED"), 0
    ),
    "outcomes": dict.fromkeys(("accept", "reject", "good", "reject_lane", "unknown"), 0),
}

VIEW: dict[str, object] = {
    "camera": "top",
    "frame_id": 7,
    "t_camera_us": 1_000,
    "image": {
        "alg": "pixels-sha256/1",
        "digest": H1,
        "width": 640,
        "height": 480,
        "pixel_format": "Mono8",
    },
    "gate": {"brightness_milli": 120_500, "sharpness_milli": 90_100, "failed": []},
    "verdict": "FAIL",
    "reason": "scratch 0.83 in zone face",
    "detections": [{"class": "scratch", "score_ppm": 830_000, "box_16": [160, 320, 480, 400]}],
}

FIELDS: dict[str, dict[str, object]] = {
    "station-start": {
        "software": {"version": "0.1.0", "python": "3.11.7", "packages": {"numpy": "2.4.0"}},
        "reason": "start",
    },
    "shift-open": {
        "opened_by": H1,
        "lot": "L-42",
        "recipe": {"name": "disc", "digest": H2},
        "model": {"name": "disc-n", "digest": H3, "backend": "openvino", "precision": "f32"},
        "cameras": [
            {
                "name": "top",
                "vendor": "Inspector",
                "model": "SimCam",
                "serial": "SIM-1",
                "firmware": "1.0",
                "producer_sha256": H1,
                "settings_digest": H2,
                "simulated": True,
            }
        ],
        "line": {"backend": "plant", "simulated": True},
        "ledger_checkpoint": {"origin": "example.com/log", "size": 3, "root": H1},
        "prev_seal": "0" * 64,
    },
    "part": {
        "key": {"line_boot": LINE_BOOT, "part_seq": 1},
        "plc_count": 1,
        "purpose": "production",
        "verdict": "FAIL",
        "reason": "scratch 0.83 in zone face",
        "t_edge_us": T0_US,
        "serial": {"text": "SN-000184", "source": "image"},
        "views": [VIEW],
        "model_digest": H3,
        "recipe_digest": H2,
        "latency_us": 34_000,
    },
    "outcome": {
        "key": {"line_boot": LINE_BOOT, "part_seq": 1},
        "part": H1,
        "commanded": "reject",
        "confirmed": "reject",
        "reason": "FAIL",
    },
    "image-stored": {
        "part": H1,
        "camera": "top",
        "image_digest": H2,
        "file_sha256": H3,
        "size": 9_000,
        "codec": "png",
    },
    "image-lost": {"part": H1, "camera": "top", "image_digest": H2, "reason": "power loss"},
    "image-erased": {
        "part": H1,
        "camera": "top",
        "image_digest": H2,
        "rule": H3,
        "reason": "older than its retention rule keeps it",
        "erased_by": None,
    },
    "hold": {
        "name": "complaint 4711",
        "scope": {"lot": "L-42", "serial": None, "from_us": None, "to_us": None, "defect": "scratch"},
        "by": H1,
        "reason": "the customer's complaint 4711",
    },
    "hold-end": {"hold": H1, "by": H2, "reason": "settled"},
    "review": {
        "part": H1,
        "record": 1,
        "finding": "not-a-defect",
        "class": "scratch",
        "by": H2,
        "role": "operator",
        "login": H3,
        "note": "a hair on the glass",
    },
    "gap": {
        "key": {"line_boot": LINE_BOOT, "gap_seq": 1},
        "first_plc_count": 12,
        "count": 3,
        "source": "plc",
        "reason": "line process restarted",
    },
    "state": {"state": "ready", "reasons": []},
    "challenge-start": {"started_by": H1, "set": H2, "parts": 1, "presentations": 1},
    "challenge": {
        "start": H1,
        "result": "failed",
        "reason": "test part SN-000184 (scratch) was not found",
        "parts_in": 1,
        "parts_out": 1,
        "results": [{"part": H2, "serial": "SN-000184", "class": "scratch", "found": False, "rejected": True}],
        "missing": ["SN-000185"],
        "passed_since": {"file": "passed-20261121T061500-00000000.csv", "sha256": H3, "parts": 40},
    },
    "bypass-start": {
        "started_by": H1,
        "permit": H2,
        "authority": H3,
        "nonce": "0a" * 16,
        "scope": "no-verdict",
        "parts": 60,
        "ends_us": T0_US + 60_000_000,
        "ends_mono_us": 61_000_000,
    },
    "bypass-end": {"start": H1, "why": "stopped", "ended_by": H2},
    "key-statement": {"says": "revocation", "statement": H1, "root": H2, "key": H3, "by": H1},
    "key-rotate": {"statement": H1, "old": H2, "new": H3, "first_shift": 1, "by": H1, "reason": "yearly rotation"},
    "shift-close": {
        "closed_by": H1,
        "counts": COUNTS,
        "reconciliation": {"plc_count": 0, "station": 0, "difference": 0, "note": ""},
    },
    "signature": {"signer": H1, "meaning": "shift closed", "method": "password", "target": H2},
    "login": {"person": H1, "result": "ok", "method": "password", "source": "api"},
    "logout": {"login": H1, "why": "idle"},
    "user-change": {
        "user": H1,
        "action": "role",
        "old": "operator",
        "new": "team-lead",
        "by": H2,
        "why": "leads the early shift from Monday",
        "store": H3,
    },
    "setup": {"settings": H1, "program": H2, "recipe": H3, "model": H1, "users": None},
    "change": {
        "what": "setting",
        "name": "stops.rejects_in_row",
        "old": "5",
        "new": "8",
        "by": None,
        "why": "found when the station started",
    },
    "alarm": {"code": "LOGIN_FAILURES", "cause": "5 wrong passwords in a row", "action": "ask who tried"},
    "export": {"what": "proof", "about": "serial SN-42", "sha256": H1, "size": 4711, "by": H2, "role": "auditor"},
    "alarm-answer": {
        "code": "DISK_GETTING_FULL",
        "answer": "shelved",
        "by": H2,
        "until_us": 1_772_000_000_000_000,
        "reason": "a new disk comes at noon",
    },
    "receipt": {
        "seal": H1,
        "ledger": {"kind": "tlog", "origin": "example.com/log"},
        "index": 0,
        "proof": "c2sp.org/tlog-proof@v1\nindex 0\n\n...",
    },
}


OPTIONAL: dict[str, dict[str, object]] = {
    "signature": {"role": "operator", "statement": H3, "takes_over": H1},
    "change": {
        "release": {
            "document": H1,
            "proposal": H2,
            "approval": H3,
            "report": "4" * 64,
            "proposer": H1,
            "approver": H2,
        }
    },
}
"""Fields that newer stations add."""


def envelope(kind: str) -> dict[str, object]:
    """The common fields of a first record."""
    return {
        "v": 1,
        "type": kind,
        "station": "demo",
        "seq": 1,
        "shift": 1,
        "salt": "5" * 32,
        "prev": "0" * 64,
        "t_us": T0_US,
        "mono_us": 1_000,
        "boot": BOOT,
    }
