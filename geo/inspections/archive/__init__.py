"""The package of an inspection: made, verified by itself, taken in elsewhere."""
