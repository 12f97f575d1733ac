"""What an empty database shows: real divisions, marked as not approved."""
