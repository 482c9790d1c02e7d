"""Operator screens: a PySide6 client of the station's api."""
