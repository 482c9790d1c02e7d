"""Sends sealed documents to shared ledgers and returns receipts."""
