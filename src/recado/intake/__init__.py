"""An incoming webhook becomes a committed execution."""
