"""Who may do what: passwords, sessions, keys, limits, and the gate that every request passes."""

from heliograph.web.access.vault import Rights, Vault

__all__ = ["Rights", "Vault"]
