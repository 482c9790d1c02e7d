# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trains a YOLO detector with ultralytics, offline, with settings that work on a plain CPU.

torch and ultralytics are imported inside functions: everything else in the program, also the command line's
help, works without the `training` extra.
"""
