"""A witness of logs (c2sp.org/tlog-witness): sees that a log only grows, and says so with a time."""
