# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station process: one part from trigger to committed record, shifts, and what Ready depends on."""
