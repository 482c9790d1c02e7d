# SPDX-License-Identifier: AGPL-3.0-or-later
"""From trained weights to a model package, and the proof that nothing was lost on the way.

`package` writes one, `trained` runs the weights themselves, `equality` compares both.
"""
