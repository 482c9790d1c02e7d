# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector simulate`: play scenarios, and say whether everything that has to hold does hold."""

from __future__ import annotations

import argparse
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from inspector.cli.unplug import unplug
from inspector.errors import ConfigError, InspectorError
from inspector.scenario import catalogue
from inspector.scenario.course import Result, play
from inspector.scenario.kinds import EVERYWHERE, FASTEST_PPM, SLOWEST_PPM, PlantKind
from inspector.scenario.schedule import SimulationStuck
from inspector.scenario.settings import Scenario, check, load_scenario
from inspector.scenario.table import table

EXIT_BROKEN = 2
EXIT_NOT_RUN = 1
SIMULATE_EXIT_CODES = """exit codes:
  0  every invariant, and everything that the scenario expects, holds
  1  a scenario could not be played
  2  an invariant or an expectation is broken; or wrong usage
  3  the scenario file is wrong; the message says what to do"""
INVARIANTS = "good lane, one record each, counts, chain"


def add_parsers(subparsers: Any) -> None:
    """Add `simulate`."""
    parser = subparsers.add_parser(
        "simulate",
        help="play scenarios: the real processes against a simulated plant that misbehaves",
        epilog=SIMULATE_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="SCENARIO.toml", help="a scenario; see docs/scenarios.md")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every disturbance alone")
    which.add_argument("--pairs", action="store_true", help="all pairs of disturbances (about 20 minutes)")
    which.add_argument("--random", type=int, metavar="N", help="N random mixes of three to five disturbances")
    which.add_argument("--list", action="store_true", help="say which disturbances there are")
    which.add_argument("--unplug", type=Path, metavar="STATION", help="pull the camera's cable of a simulated station")
    parser.add_argument("--for-s", type=float, default=5.0, metavar="N", help="with --unplug: for so long (default: 5)")
    parser.add_argument("--seed", type=int, help="seed of everything that is drawn by lot")
    parser.add_argument("--plant", choices=EVERYWHERE, help="with --all, --pairs, --random: this plant only")
    parser.add_argument(
        "--rate", type=int, metavar="PPM", help="with --all: parts per minute, as far as a plant allows"
    )
    parser.add_argument("--real-time", action="store_true", help="on real time, for a file or with --all")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the files of all processes in a new folder")
    add_json(parser)
    parser.set_defaults(run=run, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Play; see `SIMULATE_EXIT_CODES`."""
    output = Output(as_json=arguments.json)
    if arguments.list:
        return _list(output)
    if arguments.unplug is not None:
        name = unplug(arguments.unplug, arguments.for_s)
        output.document({"camera": name, "for_s": arguments.for_s})
        output.say(f"The cable of camera {name} is out for {arguments.for_s:g} s.")
        return 0
    scenarios = _scenarios(arguments)
    if arguments.keep is not None and arguments.keep.exists():
        raise ConfigError(f"{arguments.keep} exists already", "Name a new folder")
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # the processes complain of everything that is done to them
    try:
        return _play(scenarios, arguments.keep, output)
    finally:
        logging.disable(before)


def _play(scenarios: Sequence[Scenario], keep: Path | None, output: Output) -> int:
    results: list[Result] = []
    with output.progress(transient=True) as progress:
        task = progress.add_task("Simulate", total=len(scenarios), note="")
        for number, scenario in enumerate(scenarios, 1):
            progress.update(task, note=scenario.name)
            try:
                results.append(play(scenario, _folder(keep, number, len(scenarios))))
            except (InspectorError, SimulationStuck, OSError, sqlite3.Error) as error:
                output.document({"scenarios": [one.as_dict() for one in results], "error": repr(error)})
                output.say(f"{scenario.name} (seed {scenario.seed}) could not be played: {error!r}", style="bold red")
                return EXIT_NOT_RUN
            progress.advance(task)
    output.document({"scenarios": [one.as_dict() for one in results], "holds": not any(one.broken for one in results)})
    for result in results:
        if result.broken or len(results) == 1:
            say(result, output)
    broken = sum(bool(result.broken) for result in results)
    seconds = sum(result.wall_s for result in results)
    held = f"{len(results) - broken} of {len(results)} scenarios hold ({INVARIANTS}), {seconds:.1f} s"
    output.say(held, style="bold red" if broken else "bold green")
    return EXIT_BROKEN if broken else 0


def _scenarios(arguments: argparse.Namespace) -> Sequence[Scenario]:
    chosen = (arguments.file is not None, arguments.all, arguments.pairs, arguments.random is not None)
    if sum(chosen) != 1:
        raise ConfigError("nothing to play, or too much", "Give one of: a file, --all, --pairs, --random N")
    seed = catalogue.USUAL_SEED if arguments.seed is None else arguments.seed
    time: catalogue.Time = "real" if arguments.real_time else "simulated"
    if arguments.file is not None:
        scenario = load_scenario(arguments.file)
        changes: dict[str, object] = {} if arguments.seed is None else {"seed": arguments.seed}
        changes |= {"time": "real"} if arguments.real_time else {}
        scenario = scenario.model_copy(update=changes)
        check(scenario, str(arguments.file))
        return [scenario]
    plants: tuple[PlantKind, ...] = EVERYWHERE if arguments.plant is None else (arguments.plant,)
    if arguments.all:
        if arguments.rate is not None and not SLOWEST_PPM <= arguments.rate <= FASTEST_PPM:
            raise ConfigError(f"--rate {arguments.rate} is not within {SLOWEST_PPM} to {FASTEST_PPM}", "Change it")
        return [one for one in catalogue.singles(seed, arguments.rate, time) if one.plant in plants]
    return list(_drawn(arguments, seed, plants))


def _drawn(arguments: argparse.Namespace, seed: int, plants: tuple[PlantKind, ...]) -> Iterator[Scenario]:
    """Pairs or mixes, each inside one plant."""
    for number, plant in enumerate(plants):
        if arguments.pairs:
            yield from catalogue.pairs(seed, plant=plant)
        else:
            whole, rest = divmod(max(1, arguments.random), len(plants))
            yield from catalogue.mixes(seed, whole + (number < rest), plant)


def _folder(keep: Path | None, number: int, count: int) -> Path | None:
    if keep is None or count == 1:
        return keep
    return keep / f"{number:04d}"


def _list(output: Output) -> int:
    rows = table().values()
    output.document(
        {
            "disturbances": [
                {
                    "name": kind.name,
                    "section": kind.section,
                    "plants": list(kind.plants),
                    "what": kind.what,
                    "parts": kind.parts,
                    "parameters": {name: vars(limits) for name, limits in kind.parameters.items()},
                    "ends": kind.ends.words(),
                }
                for kind in rows
            ]
        }
    )
    for kind in rows:
        named = ", ".join(f"{name} = {limits.default:g}" for name, limits in kind.parameters.items())
        output.say(f"{kind.section:10} {kind.name:19} {kind.what}{f' ({named})' if named else ''}")
        output.say(f"{'':31}{kind.ends.words()}; on {', '.join(kind.plants)}", style="dim")
    return 0


def say(result: Result, output: Output) -> None:
    """One scenario in words."""
    scenario = result.scenario
    told = f"{scenario.plant}, {scenario.rate_ppm} parts per minute, {scenario.time} time, seed {scenario.seed}"
    output.say(f"{scenario.name}: {told}")
    for one in scenario.disturb:
        given = ", ".join(f"{name} = {value:g}" for name, value in one.values().items())
        output.say(f"  disturbed: {one.name} from part {one.at} on{f' ({given})' if given else ''}")
    output.say(f"  verdicts:  {_counts(result.verdicts)}; {result.facts.gap_parts} edges in gap records")
    output.say(f"  lanes:     {_counts(result.lanes)}")
    output.say(f"  at rest:   {', '.join(result.codes) or 'the line runs'}")
    for death in result.deaths:
        output.say(f"  died:      {death}")
    for broken in result.broken:
        output.say(f"  BROKEN {broken.invariant}: {broken.message}", style="bold red")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"
