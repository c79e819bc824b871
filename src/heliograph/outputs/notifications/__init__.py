"""Notifications: few, each once, with a message when it is over; to mail, telephone or a web hook."""

from heliograph.outputs.notifications.output import Notifications
from heliograph.outputs.notifications.rules import RULES
from heliograph.outputs.notifications.watch import rehearse

__all__ = ["RULES", "Notifications", "rehearse"]
