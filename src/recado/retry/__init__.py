"""When to try again: pure rules, used by the client and by the worker."""
