"""The typed methods of the asynchronous client, by area: one for each route."""

# Made from the blocking methods by tools/make_async.py.
