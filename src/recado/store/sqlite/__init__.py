"""The embedded database: one file, one writer, group commit."""
