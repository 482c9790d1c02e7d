# SPDX-License-Identifier: AGPL-3.0-or-later
"""The way to another product, one step per page."""
