# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases of a model with its recipe: measured by rules chosen before, proposed by one person, approved by another.

Nothing here imports torch; only where exported weights are compared with the trained ones the trainer is asked.
"""
