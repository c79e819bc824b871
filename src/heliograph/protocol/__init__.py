"""Bytes to readings: the gateway's dialects, without any I/O."""

from heliograph.protocol.answer import Answer, Body, answer
from heliograph.protocol.endpoints.info import identify
from heliograph.protocol.fields import Statement
from heliograph.protocol.interview import conclude, next_question
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
    "identify",
    "next_question",
    "read",
]
