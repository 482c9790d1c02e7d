# SPDX-License-Identifier: Apache-2.0
"""What an auditor or a customer checks evidence with, on a machine of their own: single files that stand alone.

`verify.html` is a page for the browser that checks proofs of parts and lots offline (docs/customer.md). Nothing here
imports another package of ours, and everything is Apache-2.0: use it, change it, write your own.
"""
