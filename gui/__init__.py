# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's screens: a PySide6 client of the api. Nothing here judges, records or decides."""
