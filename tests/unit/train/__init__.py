# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training: what is chosen, what is kept, when it ends; the trainer itself runs in test_training.py."""
