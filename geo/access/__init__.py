"""Who may do what, where, and why not: users, tokens, grants, publication, audit."""
