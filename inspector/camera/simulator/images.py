# SPDX-License-Identifier: Apache-2.0
"""Turn a folder of pictures into the PGM or PPM files that the simulated camera plays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from .errors import SimulatorError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".pgm", ".ppm")


Pose = Literal["", "turned", "mirrored", "flipped"]
"""How a picture lies: as it is, turned by 180 degrees, left and right exchanged, or top and bottom."""
_FLIPS: dict[str, tuple[int, ...]] = {"": (), "turned": (0, 1), "mirrored": (1,), "flipped": (0,)}


def prepare_images(
    source: Path,
    target: Path,
    pixel: Literal["mono", "rgb"],
    shown: Sequence[tuple[str, Pose]] | None = None,
) -> list[Path]:
    """Convert the pictures of a folder; the order is the order in which the camera plays them.

    Args:
        source: Folder with PNG, JPEG, BMP, TIFF, PGM or PPM files of one size.
        target: Folder for the results, created when missing: `<number>-<name>.pgm` or `.ppm`.
        pixel: mono for 8 bit grey (PGM), rgb for 8 bit colour (PPM).
        shown: File name and pose of each scene; all pictures as they are, sorted by name, when None.

    Returns:
        The files written or kept, in playing order; index in this list = `scene` of the control channel.

    Raises:
        SimulatorError: When the folder holds no picture, or a file cannot be read, has more than 8 bits per sample, or
            has another size than the first; names the file.
    """
    pictures = _pictures(source)
    shown = [(picture.name, "") for picture in pictures] if shown is None else shown
    _create(target)
    suffix = ".pgm" if pixel == "mono" else ".ppm"
    written = []
    shape: tuple[int, int] | None = None
    for number, (name, pose) in enumerate(shown):
        picture = source / name
        result = target / f"{number:06d}-{picture.stem}{suffix}"
        image = np.flip(_load(picture, pixel), _FLIPS[pose])
        size = (image.shape[0], image.shape[1])
        if shape is not None and size != shape:
            raise SimulatorError(
                f"{picture} is {size[1]} x {size[0]} px, but {pictures[0].name} is {shape[1]} x {shape[0]} px",
                "A camera has one sensor: bring all pictures of the folder to one size",
            )
        shape = size
        _store(result, image)
        written.append(result)
    _remove_others(target, written)
    return written


def _pictures(source: Path) -> list[Path]:
    if not source.is_dir():
        raise SimulatorError(f"the image folder {source} does not exist", "Name a folder with pictures")
    pictures = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not pictures:
        raise SimulatorError(
            f"the image folder {source} holds no picture",
            f"Put files into it that end in {', '.join(SUFFIXES)}",
        )
    return pictures


def _create(target: Path) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SimulatorError(f"the folder {target} cannot be created: {error}", "Choose another folder") from error


def _load(picture: Path, pixel: Literal["mono", "rgb"]) -> npt.NDArray[np.uint8]:
    """Read one picture as `(h, w) uint8` grey or `(h, w, 3) uint8` red, green, blue."""
    try:
        data = np.fromfile(picture, dtype=np.uint8)  # cv2.imread does not take every path on Windows
    except OSError as error:
        raise SimulatorError(f"{picture} cannot be read: {error}", "Check the file and its permissions") from error
    try:
        decoded = cv2.imdecode(data, cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR) if data.size else None
    except cv2.error as error:
        raise SimulatorError(f"{picture} is not a readable picture: {error}", "Replace the file") from error
    if decoded is None:
        raise SimulatorError(f"{picture} is not a readable picture", "Replace or remove the file")
    if decoded.dtype != np.uint8:
        raise SimulatorError(f"{picture} has {decoded.dtype} samples", "Convert the picture to 8 bits per sample")
    image = np.asarray(decoded, dtype=np.uint8)
    if pixel == "mono":
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
        return np.asarray(grey, dtype=np.uint8)
    colour = cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.ndim == 3 else cv2.COLOR_GRAY2RGB)
    return np.asarray(colour, dtype=np.uint8)


def _store(path: Path, image: npt.NDArray[np.uint8]) -> None:
    """Write PGM (P5) or PPM (P6), complete or not at all."""
    kind = "P5" if image.ndim == 2 else "P6"
    header = f"{kind}\n{image.shape[1]} {image.shape[0]}\n255\n".encode("ascii")
    staged = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        staged.write_bytes(header + image.tobytes())
        staged.replace(path)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise SimulatorError(f"{path} cannot be written: {error}", "Free space or choose another folder") from error


def _remove_others(target: Path, wanted: list[Path]) -> None:
    """Remove results of an earlier call, which the camera would play too."""
    keep = set(wanted)
    for path in target.iterdir():
        if path.suffix in (".pgm", ".ppm") and path not in keep:
            path.unlink()
