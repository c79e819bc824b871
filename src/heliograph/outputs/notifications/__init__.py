"""Notifications: few, each once, with a message when it is over; to mail, telephone or a web hook."""

from heliograph.outputs.notifications.output import Notifications
from heliograph.outputs.notifications.post import Trial, kind_of, try_out
from heliograph.outputs.notifications.rules import CODES, RULES, WATCHED
from heliograph.outputs.notifications.text import told
from heliograph.outputs.notifications.watch import Message, Watch

__all__ = ["CODES", "RULES", "WATCHED", "Message", "Notifications", "Trial", "Watch", "kind_of", "told", "try_out"]
