"""Where a marker was found against where it is registered: metres, limits, verdicts, bearings."""
