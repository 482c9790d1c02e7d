# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions of recalls and audits, answered from the records; read-only, beside a running station or on a copy.

Lookup tables lead to the records (`inspector.store.index`); what is told of a record is read from its bytes, and counts
are held against the seals. Nothing here checks a hash: that nothing was changed is the verifier's to say.
"""
