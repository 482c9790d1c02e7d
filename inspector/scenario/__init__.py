# SPDX-License-Identifier: AGPL-3.0-or-later
"""Scenarios: the real line, station and camera process against a simulated plant that misbehaves on purpose."""
