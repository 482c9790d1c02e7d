# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector challenge`: status and start on a running station, report over all recorded challenges."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inspector.bounds import upper_bound
from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in
from inspector.store.challenges import challenges
from inspector.store.read import RecordReader

HONEST = (
    "A bound holds for parts like these, shown independently of each other; other defects may be missed more often."
)


def add_parsers(subparsers: Any) -> None:
    """Add `challenge` with its actions."""
    parser = subparsers.add_parser("challenge", help="show known bad parts to the station, and see what that proves")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    status = actions.add_parser("status", help="what is due, what runs, which test part to show next")
    start = actions.add_parser("start", help="begin a challenge in the open shift")
    add_person(start)
    report = actions.add_parser("report", help="how many test parts were missed, with the bound on the miss rate")
    for action, function in ((status, _status), (start, _start), (report, _report)):
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        add_json(action)
        action.set_defaults(run=function)


def words(missed: int, shown: int) -> str:
    """A count of misses, never without its bound: `0 of 60 missed: below 4.9 % at 95 %`."""
    if not shown:
        return "no test part was shown: nothing is known"
    return f"{missed} of {shown} missed: below {100 * upper_bound(missed, shown):.1f} % at 95 %"


def good_words(rejected: int, shown: int) -> str:
    """Good test parts that were not judged good, with the bound."""
    if not shown:
        return "no good test part was shown: nothing is known of false rejects"
    bound = 100 * upper_bound(rejected, shown)
    return f"{rejected} of {shown} good test parts not judged good: below {bound:.1f} % at 95 %"


def _status(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control:
        found = control.request("status").get("challenge")
    output.document({"challenge": found})
    if found is None:
        output.say("No challenge parts are registered: [challenge] file in station.toml is empty.")
        return 0
    output.say(f"{found['parts']} test parts, challenge {found['state']}{', one runs' if found['running'] else ''}")
    if found["message"]:
        output.say(found["message"])
    if last := found["last"]:
        output.say(f"last: {last['result']}, {last['reason']}")
        if last["passed_since"]:
            output.say(f"parts that passed since the last success: {last['passed_since']}")
    return 0


def _start(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request("challenge-start", operator=arguments.operator)
    output.document(result)
    output.say(result["message"])
    return 0


def _report(arguments: argparse.Namespace) -> int:
    """All presentations under the model and recipe of the newest challenge; earlier ones prove nothing about them."""
    output = Output(as_json=arguments.json)
    counts: dict[str, list[int]] = {}
    good = [0, 0]
    runs = {"passed": 0, "failed": 0}
    rules: object = None
    others = 0
    with RecordReader(arguments.station) as reader:
        for one in challenges(reader):
            if one.result is None:
                continue
            fields = one.result.fields
            opened = reader.latest(1, kind="shift-open", before_seq=one.start.seq)
            force = [opened[0].fields["model"], opened[0].fields["recipe"]] if opened else []
            rules = force if rules is None else rules
            if force != rules:
                others += 1
                continue
            runs[str(fields["result"])] += 1
            results = fields["results"]
            for result in results if isinstance(results, list) else []:
                defect = result["class"]
                count = good if defect is None else counts.setdefault(str(defect), [0, 0])
                count[0] += not result["found"]
                count[1] += 1
    missed, shown = (sum(count[index] for count in counts.values()) for index in (0, 1))
    classes = {name: _numbers(*count) for name, count in sorted(counts.items())}
    output.document(
        {
            "challenges": runs,
            "other_rules": others,
            "all": _numbers(missed, shown),
            "classes": classes,
            "good_rejected": {"rejected": good[0], "shown": good[1], "words": good_words(*good)},
        }
    )
    output.say(f"{runs['passed']} challenges passed, {runs['failed']} failed")
    output.say(words(missed, shown))
    if good[1]:
        output.say(good_words(*good))
    output.table("By class", ("class", "result"), [(name, words(*count)) for name, count in sorted(counts.items())])
    if others:
        output.say(f"{others} challenges under another model or recipe are left out.")
    output.say(HONEST)
    return 0


def _numbers(missed: int, shown: int) -> dict[str, object]:
    bound = upper_bound(missed, shown) if shown else None
    return {"missed": missed, "shown": shown, "upper_bound_95": bound, "words": words(missed, shown)}
