# SPDX-License-Identifier: AGPL-3.0-or-later
"""For maintenance: cameras with brightness and focus of their pictures, and the plant's counters."""
