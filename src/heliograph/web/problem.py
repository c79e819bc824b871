"""What went wrong, as RFC 9457 has it: for machines a code, for people what happened and what to do."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from heliograph.web.words import find, say

MEDIA_TYPE: Final = "application/problem+json"
_TYPE: Final = "/api/docs/problems#"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong (RFC 9457)."""

    type: Annotated[str, Meta(examples=["/api/docs/problems#login_needed"])]
    title: Annotated[str, Meta(examples=["Login needed"])]
    status: Annotated[int, Meta(examples=[401])]
    detail: Annotated[str, Meta(description="What happened, in the reader's language")]
    code: Annotated[str, Meta(description="The same for machines", examples=["login_needed"])]
    field: Annotated[str | None, Meta(description="What of the request is wrong", examples=["host"])] = None
    remedy: Annotated[str | None, Meta(description="What to do about it")] = None


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        code: str,
        status: int,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        detail: Mapping[str, str] | None = None,
        title: str = "other",
        **details: object,
    ) -> None:
        """Take a code of the words, and what its sentence names.

        `detail` is a sentence by language in its place; `title` is the code whose title stands in for a missing one.
        """
        super().__init__(code)
        self.code: Final = code
        self.status: Final = status
        self.field: Final = field
        self.headers: Final[Mapping[str, str]] = headers or {}
        self._detail = detail or {}
        self._title = title
        self._details = details

    def problem(self, language: str) -> Problem:
        """Return the sentence in a language."""
        details: dict[str, Any] = {"field": self.field or "", **self._details}
        return Problem(
            type=f"{_TYPE}{self.code}",
            title=find(f"problem.{self.code}.title", language) or say(f"problem.{self._title}.title", language),
            status=self.status,
            detail=self._detail.get(language) or say(f"problem.{self.code}.detail", language, **details),
            code=self.code,
            field=self.field,
            remedy=find(f"problem.{self.code}.remedy", language, **details),
        )

    def encoded(self, language: str) -> bytes:
        """Return the problem as it is sent."""
        return msgspec.json.encode(self.problem(language))
