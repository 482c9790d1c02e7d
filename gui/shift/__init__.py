# SPDX-License-Identifier: AGPL-3.0-or-later
"""Begin and end of a shift, stops and challenges: what operators do."""
