"""Joint inspections (联检): one inspection of two governments, from the plan to the archive."""
