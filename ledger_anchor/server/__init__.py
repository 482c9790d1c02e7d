"""A log over HTTP: stations submit with a token of their own, everybody reads (c2sp.org/tlog-tiles)."""
