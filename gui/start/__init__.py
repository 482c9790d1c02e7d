# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which station: where `inspector gui` begins when it is told none."""
