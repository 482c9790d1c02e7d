"""Watches a log from outside: reads every entry and tells people what an honest log and station never do."""
