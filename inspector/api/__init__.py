# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station over HTTP and WebSocket, on loopback: for the screens and for whoever integrates the station."""
