# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which model and recipe judge, since when and why, what each has judged, and what was changed."""
