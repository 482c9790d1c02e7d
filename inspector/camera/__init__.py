# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cameras: capture process, shared ring of images, features, and the pairing of frames with triggers."""
