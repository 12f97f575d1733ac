"""Files by their content: kept once under their SHA-256."""
