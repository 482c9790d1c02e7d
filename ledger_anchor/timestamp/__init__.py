"""Time stamps of an RFC 3161 authority: it says that a seal existed at a time, and nothing of order or completeness."""
