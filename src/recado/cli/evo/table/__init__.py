"""Every command with its arguments, as data."""
