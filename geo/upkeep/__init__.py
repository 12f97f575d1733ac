"""Upkeep of what stands in the field: work orders that end with a record."""
