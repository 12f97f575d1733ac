"""Sections of a line from marker to marker, what they follow, and their courses in words."""
