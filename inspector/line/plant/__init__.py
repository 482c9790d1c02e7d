# SPDX-License-Identifier: AGPL-3.0-or-later
"""A simulated belt: sensor, reject gate, lane sensors, output watchdog; it keeps the truth about each part."""
