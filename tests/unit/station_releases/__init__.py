# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases at a station."""
