# SPDX-License-Identifier: AGPL-3.0-or-later
"""Measurements behind the figures in the README; each says which command made it."""
