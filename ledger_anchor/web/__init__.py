"""What all HTTP servers of ledgers share: where they listen, and what a request may cost."""
