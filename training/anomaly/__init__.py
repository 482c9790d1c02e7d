# SPDX-License-Identifier: AGPL-3.0-or-later
"""Good parts only: photos without labels, ordered by how far they are from photos of good parts.

A first look for a person, without verdicts: `docs/decisions/0060-good-parts-only.md` has the figures and the reasons.
"""
