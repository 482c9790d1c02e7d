# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station works with: every setting, what it means, since when, and some of them changed between shifts."""
