# SPDX-License-Identifier: AGPL-3.0-or-later
"""Numbered SQL migrations of `records.sqlite`; applied once, in order, and never edited afterwards."""
