"""Tables of docs/service*.md and docs/api*.md, from the program itself; `python -m tests.manual` writes them anew."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from heliograph.app import file
from heliograph.app.rules import Choice, Number
from heliograph.app.settings import TABLE
from heliograph.app.words import table
from heliograph.web.docs import TAGS
from heliograph.web.words import say

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGES: Final = {
    ("service", "en"): DOCS / "service.md",
    ("service", "fr"): DOCS / "service.fr.md",
    ("api", "en"): DOCS / "api.md",
    ("api", "fr"): DOCS / "api.fr.md",
}
HEADINGS: Final = {
    "en": ("Setting", "Default", "Meaning", "Method and path", "What it does"),
    "fr": ("Réglage", "Défaut", "Sens", "Méthode et chemin", "Ce que cela fait"),
}


def settings(language: str) -> Iterator[str]:
    """Write the table of settings."""
    words = table(language)
    yield f"| {HEADINGS[language][0]} | {HEADINGS[language][1]} | {HEADINGS[language][2]} |"
    yield "|---|---|---|"
    for row in TABLE.values():
        match row.rule:
            case Choice(options=options):
                allowed = " (" + ", ".join(f"`{one}`" for one in options) + ")"
            case Number(least=least, most=most):
                allowed = f" ({least}…{most})"
            case _:
                allowed = ""
        meaning = " ".join(words[f"setting.{row.key}"].split())
        yield f"| `{row.key}`<br>`{row.variable}` | `{file.toml(row.default)}`{allowed} | {meaning} |"


def described() -> dict[str, Any]:
    """Give the OpenAPI document."""
    from tests.web.front import front  # noqa: PLC0415 - slow

    async def ask(folder: Path) -> dict[str, Any]:
        async with front(folder) as one, one.caller() as client:
            document: dict[str, Any] = (await client.get("/api/docs/openapi.json")).json()
            return document

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(ask(Path(folder)))


def routes(document: dict[str, Any], language: str) -> Iterator[str]:
    """Write the table of routes, by subject."""
    for tag in TAGS:
        yield f"**{say(f'tag.{tag}', language)}**"
        yield ""
        yield f"| {HEADINGS[language][3]} | {HEADINGS[language][4]} |"
        yield "|---|---|"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
                    query = f" `?{'=&'.join(names)}=`" if names else ""
                    what = say(f"route.{operation['operationId']}", language)
                    yield f"| `{method.upper()} {path.removeprefix('/api/v1')}`{query} | {what} |"
        yield ""


def with_tables(text: str, language: str, document: Callable[[], dict[str, Any]]) -> str:
    """Put the tables of now between their marks."""
    for mark in ("settings", "routes"):
        if f"<!-- {mark} -->" in text:
            lines = settings(language) if mark == "settings" else routes(document(), language)
            content = "\n".join(lines).rstrip() + "\n"
            begin, _, rest = text.partition(f"<!-- {mark} -->\n")
            text = f"{begin}<!-- {mark} -->\n{content}<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return text


if __name__ == "__main__":
    known = described()
    for (_, spoken), page in PAGES.items():
        page.write_text(with_tables(page.read_text("utf-8"), spoken, lambda: known), "utf-8")
