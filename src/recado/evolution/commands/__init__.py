"""Every call as a value: one frozen dataclass per route."""

LEFT_OUT = {
    "GET /swagger/*any": "pages for people",
    "GET /favicon.ico": "a picture for browsers",
    "GET /assets/*filepath": "files of the manager's pages",
    "HEAD /assets/*filepath": "files of the manager's pages",
    "GET /manager/*any": "pages for people",
    "GET /manager": "pages for people",
    "GET /ws": "a WebSocket, not a call; events come by webhook",
}
"""The routes of the gateway that are no calls, and why."""
