"""Named local fits: the only road of old coordinates to CGCS2000, with residuals and area."""
