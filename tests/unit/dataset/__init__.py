# SPDX-License-Identifier: AGPL-3.0-or-later
"""Datasets for training: importers, checks, splits, exports."""
