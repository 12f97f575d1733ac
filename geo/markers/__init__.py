"""Boundary markers as legal objects: numbers, life, deviation, sections, course."""
