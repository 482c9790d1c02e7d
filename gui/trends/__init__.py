# SPDX-License-Identifier: AGPL-3.0-or-later
"""How it went: yield, reject rate with its limits, defects by number and by place."""
