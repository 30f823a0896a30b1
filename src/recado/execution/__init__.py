"""A stored execution becomes an outcome."""
