"""Boundary lines: the shared edge of two divisions, stored once, and the checks on it."""
