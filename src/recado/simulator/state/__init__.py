"""What the stand-in remembers of the world behind the gateway."""
