"""The transparency log: its admission rule, its tree and the directory that holds it."""
