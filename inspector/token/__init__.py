# SPDX-License-Identifier: AGPL-3.0-or-later
"""A signing key in a PKCS#11 token, behind a process of its own that may hang or crash without harm."""

from inspector.token.client import TokenClient, TokenSigner

__all__ = ["TokenClient", "TokenSigner"]
