"""Context layers by name (water, roads, terrain), each with source, date, licence and extent."""
