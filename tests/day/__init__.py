# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole day at one station, through its window: people, a shift, parts, alarms, quality, an audit, the seal."""
