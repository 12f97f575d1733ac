"""What is recorded in the field, by whom, and what the sides found together."""
