# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the camera's pixel formats to BGR for the model and to grey for the image gate and the serial.

GenICam names a Bayer pattern by its first row (PFNC: BayerRG8 starts R G, then G B). OpenCV's short
constants are named by the second row and column, so its `COLOR_BayerBG2BGR` is PFNC's BayerRG8; its
four-letter constants name the full tile and are used here.
"""

from __future__ import annotations

import cv2
import numpy as np

from inspector.errors import FrameBad
from inspector.part import Frame, ImageArray, PixelFormat

_TO_BGR = {
    PixelFormat.MONO8: cv2.COLOR_GRAY2BGR,
    PixelFormat.BAYER_RG8: cv2.COLOR_BayerRGGB2BGR,
    PixelFormat.BAYER_GR8: cv2.COLOR_BayerGRBG2BGR,
    PixelFormat.BAYER_GB8: cv2.COLOR_BayerGBRG2BGR,
    PixelFormat.BAYER_BG8: cv2.COLOR_BayerBGGR2BGR,
    PixelFormat.RGB8: cv2.COLOR_RGB2BGR,
}
_TO_GREY = {
    PixelFormat.BAYER_RG8: cv2.COLOR_BayerRGGB2GRAY,
    PixelFormat.BAYER_GR8: cv2.COLOR_BayerGRBG2GRAY,
    PixelFormat.BAYER_GB8: cv2.COLOR_BayerGBRG2GRAY,
    PixelFormat.BAYER_BG8: cv2.COLOR_BayerBGGR2GRAY,
    PixelFormat.RGB8: cv2.COLOR_RGB2GRAY,
    PixelFormat.BGR8: cv2.COLOR_BGR2GRAY,
}


def to_bgr(frame: Frame) -> ImageArray:
    """The frame as `(h, w, 3) uint8` BGR; a BGR8 frame is returned as it is, without a copy.

    Raises:
        FrameBad: The pixels do not have the shape that the pixel format asks for.
    """
    _check(frame)
    if frame.pixel_format is PixelFormat.BGR8:
        return frame.pixels
    return _convert(frame.pixels, _TO_BGR[frame.pixel_format])


def to_grey(frame: Frame) -> ImageArray:
    """The frame as `(h, w) uint8` grey; a Mono8 frame is returned as it is, without a copy.

    Raises:
        FrameBad: The pixels do not have the shape that the pixel format asks for.
    """
    _check(frame)
    if frame.pixel_format is PixelFormat.MONO8:
        return frame.pixels
    return _convert(frame.pixels, _TO_GREY[frame.pixel_format])


def model_image(frame: Frame) -> ImageArray:
    """What the detector takes: `(h, w) uint8` for Mono8 (cheaper to scale), else `(h, w, 3) uint8` BGR.

    Raises:
        FrameBad: The pixels do not have the shape that the pixel format asks for.
    """
    return to_grey(frame) if frame.pixel_format is PixelFormat.MONO8 else to_bgr(frame)


def _convert(pixels: ImageArray, code: int) -> ImageArray:
    return np.asarray(cv2.cvtColor(pixels, code), dtype=np.uint8)


def _check(frame: Frame) -> None:
    pixels = frame.pixels
    wanted = (3,) if frame.pixel_format.channels == 3 else ()
    if pixels.dtype != np.uint8 or pixels.ndim < 2 or pixels.shape[2:] != wanted or pixels.size == 0:
        raise FrameBad(
            f"{frame.camera}: frame {frame.frame_id} has shape {pixels.shape} of {pixels.dtype},"
            f" which is not {frame.pixel_format.value}",
            "Check the camera's PixelFormat against its settings",
        )
