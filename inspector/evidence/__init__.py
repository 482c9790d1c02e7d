# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records, chain, seals, keys, notes, proofs and their verifier. Standard library and `cryptography` only."""
