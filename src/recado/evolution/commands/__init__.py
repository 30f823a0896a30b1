"""Every call as a value: one frozen dataclass per route."""
