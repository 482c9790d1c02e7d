# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records, images and documents on the disk of the station.

Import the modules, not this package: `read` has no part in what `images` needs (OpenCV).
"""
