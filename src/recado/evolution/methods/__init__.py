"""The typed methods of the blocking client, by area: one for each route."""
