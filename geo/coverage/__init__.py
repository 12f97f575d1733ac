"""Coverage: who lives within a walk of what, by division and age; runs are stored and repeat."""
