"""HTTP: the one place that knows requests and answers."""
