"""When a line is due, the plan of a year, its calendar, and the parts of a long line."""
