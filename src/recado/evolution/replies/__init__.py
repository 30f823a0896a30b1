"""What the routes answer, as values.

They are read generously: what an answer leaves out is "", 0, False, None or empty,
because versions of the gateway differ. ``raw`` is the answer itself, masked where it
holds a secret.
"""
