"""The database: engine and transactions, migrations, SQL functions, the embedded PostGIS."""
