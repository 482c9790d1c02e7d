# SPDX-License-Identifier: AGPL-3.0-or-later
"""The last rejects as pictures, and what people say of them."""
