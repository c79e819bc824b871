"""The loop that reads the gateways: due questions → gateway → ledger → live."""

from heliograph.poller.poller import AWAY_AFTER, Poller, Watched

__all__ = ["AWAY_AFTER", "Poller", "Watched"]
