# SPDX-License-Identifier: AGPL-3.0-or-later
"""For admins: who works with the station, in which role."""
