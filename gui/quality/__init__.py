# SPDX-License-Identifier: AGPL-3.0-or-later
"""For quality: what judges the parts, changes that wait for approval, legal holds."""
