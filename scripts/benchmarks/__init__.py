"""Benchmarks: what is promised is measured here."""
