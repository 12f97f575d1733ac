"""The way in and out, knowing no subject: files become checked rows, rows become files."""
