"""One file a command; each does its work and says it."""
