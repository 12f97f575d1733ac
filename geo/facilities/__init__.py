"""Facilities of civil affairs: their kinds, their versions, and whether they are on the map."""
