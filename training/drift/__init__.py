# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drift: whether what a station sees and scores is still what it was when its model was released (`inspector drift`).

Read only, from the records of a station; no model, no pictures, no network.
"""
