"""PostgreSQL: many web nodes and workers on one database."""
