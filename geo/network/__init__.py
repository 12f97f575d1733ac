"""The walking network: streets read, joined and stored, the graph, snapping and the kernel."""
