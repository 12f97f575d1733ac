"""The domain and its database: the only place that speaks SQL."""
