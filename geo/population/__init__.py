"""People: cells by age group, and official totals by division to which they are scaled."""
