# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a model package is worth on labelled pictures, as quality people count: parts missed, good parts rejected.

Pictures go through the station's own gate, detector, rules and serial reader, so that a figure holds for what runs.
Nothing here imports torch or the trainer.
"""
