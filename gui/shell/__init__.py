# SPDX-License-Identifier: AGPL-3.0-or-later
"""The window around the screens: navigation, state, who is logged in, the connection to the station."""
