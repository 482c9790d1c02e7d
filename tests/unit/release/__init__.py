# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases: the rules of the gate, proposing, showing and approving."""
