"""Administrative divisions: codes, versions in time, parents, successors."""
