"""Bytes to readings: the gateway's dialects, without any I/O."""

from heliograph.protocol.answer import Answer, Body, answer
from heliograph.protocol.endpoints.info import identify
from heliograph.protocol.fields import Statement
from heliograph.protocol.interview import conclude, has_switched, is_missed, is_outdated, next_question
from heliograph.protocol.plan import Plan, Question
from heliograph.protocol.reading import Reader, read

__all__ = [
    "Answer",
    "Body",
    "Plan",
    "Question",
    "Reader",
    "Statement",
    "answer",
    "conclude",
    "has_switched",
    "identify",
    "is_missed",
    "is_outdated",
    "next_question",
    "read",
]
