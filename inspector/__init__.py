"""Inspection station: camera, line, model, records, seals."""
