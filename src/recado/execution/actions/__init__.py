"""What a trigger can run: one module per kind of action."""
