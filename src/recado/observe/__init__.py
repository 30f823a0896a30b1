"""Signals, and who listens to them: logs and metrics."""
