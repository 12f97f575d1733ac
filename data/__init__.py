"""Reference files that ``geo`` reads by path, and the demo."""
