# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector init`: a new station directory."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import camera_configs
import data_samples
from inspector.cli.init_simulated import create_simulated
from inspector.cli.output import Output, add_json
from inspector.cli.passphrase import new_passphrase
from inspector.errors import ConfigError
from inspector.station_directory import NewStation, create_station

MINIMUM_PASSPHRASE = 8
SIMULATOR = "simulator"


def add_parsers(subparsers: Any) -> None:
    """Add `init`."""
    parser = subparsers.add_parser("init", help="make a new station directory")
    parser.add_argument("directory", type=Path, metavar="DIR", help="new or empty directory")
    parser.add_argument("--name", default="station-1", help="station name in every record (default: station-1)")
    parser.add_argument("--producer", default=SIMULATOR, help="GenTL producer (.cti) of the camera vendor")
    parser.add_argument("--serial", action="append", help="serial number of the camera; again for each further camera")
    parser.add_argument("--cameras", type=int, choices=range(1, 9), metavar="N", help="cameras per part, 1 to 8")
    parser.add_argument("--features", type=Path, help="camera features file, see camera_configs/")
    parser.add_argument("--model", type=Path, help="model package (default: the demo model)")
    parser.add_argument("--recipe", type=Path, help="recipe (default: the demo recipe)")
    parser.add_argument("--images", type=Path, help="pictures for the simulated plant (default: the samples)")
    passphrase = parser.add_mutually_exclusive_group()
    passphrase.add_argument("--passphrase-file", type=Path, help="file with the passphrase of the new signing key")
    passphrase.add_argument(
        "--simulated",
        action="store_true",
        help="to try it out with the simulated camera: the key gets a passphrase of its own, kept beside it",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the directory."""
    output = Output(as_json=arguments.json)
    if arguments.simulated and arguments.producer != SIMULATOR:
        raise ConfigError("--simulated is for the simulated camera only", "Use --passphrase-file with a real camera")
    serials = tuple(arguments.serial or [""])
    new = NewStation(
        name=arguments.name,
        model=arguments.model or data_samples.model_dir(),
        recipe=arguments.recipe or data_samples.recipe_file(),
        features=arguments.features or camera_configs.path("simulated"),
        producer=arguments.producer,
        serials=serials + ("",) * ((arguments.cameras or 1) - len(serials)),
        images=arguments.images or data_samples.images_dir(),
        passphrase_file=str(arguments.passphrase_file.resolve()) if arguments.passphrase_file else "",
    )
    if arguments.simulated:
        samples = not (arguments.model or arguments.recipe or arguments.images)
        create_simulated(arguments.directory, new, data_samples.challenge_file() if samples else None)
    else:
        passphrase = new_passphrase(arguments.passphrase_file, "the signing key", least=MINIMUM_PASSPHRASE)
        create_station(arguments.directory, new, passphrase)
    output.document({"station": str(arguments.directory), "name": arguments.name})
    output.say(f"Station {arguments.name} is made in {arguments.directory}.")
    output.say(f"Next: inspector doctor --station {arguments.directory}")
    return 0
