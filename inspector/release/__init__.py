# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases: a model package with its recipe, what it was measured with, and the signatures of two people.

`document` is what `release.json` says, `folder` reads and writes the whole, `signatures` says who signed it.
"""
