"""What people look at: pages, pictures, styles; given results, never a connection."""
