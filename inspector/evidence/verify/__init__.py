# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks what was recorded, in its own reading of docs/formats.md: `station`, `bundle`, `proof` are the ways in."""
