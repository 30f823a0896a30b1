"""``evolution-go-client``: a command for every call of Evolution Go."""
