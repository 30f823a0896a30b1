"""A stand-in for the Evolution Go server, for demos and tests."""
