"""Jeedom: the catalog its plugin reads, the values it stores, and the daemon between it and the gateways."""
