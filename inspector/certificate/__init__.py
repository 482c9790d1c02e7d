# SPDX-License-Identifier: AGPL-3.0-or-later
"""The certificate of a lot: a proof that was checked, printed for people."""
