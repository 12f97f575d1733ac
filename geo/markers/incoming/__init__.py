"""Tables of markers on their way in: columns, rows, whose they are, and what is wrong with them."""
