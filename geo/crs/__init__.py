"""Coordinate systems: which one it is, and how coordinates get from one to another honestly."""
