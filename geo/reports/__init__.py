"""Packages of what changed since the last report, for a platform above."""
