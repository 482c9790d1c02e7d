# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen itself: its theme, and how large a millimetre is on its glass."""
