# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fuzzing of everything that reads what somebody else has written as evidence; see `tests.fuzz.targets`."""
