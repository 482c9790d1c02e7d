# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tells an MQTT broker what the station has recorded: one way, beside the inspection, never in front of it."""
