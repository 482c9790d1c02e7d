# SPDX-License-Identifier: AGPL-3.0-or-later
"""Datasets of a QA engineer: pictures under their hashes, labels, splits and where each of them came from.

A dataset is a folder with `manifest.json` (docs/dataset.md). Importers give pictures and labels as they found them
(`incoming`), `intake` examines them, `folder` writes; nothing here imports torch or the trainer.
"""
