# SPDX-License-Identifier: AGPL-3.0-or-later
"""The disturbances, one module for each section of the plant."""
