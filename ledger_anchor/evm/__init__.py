# SPDX-License-Identifier: AGPL-3.0-or-later
"""Anchoring in a contract of an Ethereum-compatible consortium chain (docs/ledger.md)."""
