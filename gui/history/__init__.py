# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was recorded: parts by serial, lot, time and defect; their records and pictures; replay, check and export."""
