"""Every section and every number of the protocol that the code cites stands in docs/protocol.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFERENCE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
SECTIONS = frozenset(re.findall(r"^#+ (\d+(?:\.\d+)*)[. ]", REFERENCE, re.MULTILINE))
NUMBERS = frozenset(re.findall(r"^(?:\*\*|\| )([QHF]\d+)\b", REFERENCE, re.MULTILINE))
APPENDICES = frozenset(re.findall(r"^# Appendix ([A-Z])", REFERENCE, re.MULTILINE))
CITED = re.compile(r"§(\d+(?:\.\d+)*)|\b([QHF]\d{1,2})[a-e]?\b|\bappendix ([A-Z])\b")
"""A letter after a number names a part of it: Q4c."""


def missing(text: str) -> list[str]:
    """Return what a text cites that the reference does not have."""
    return [
        match.group()
        for match in CITED.finditer(text)
        if not any(
            name in names for name, names in zip(match.groups(), (SECTIONS, NUMBERS, APPENDICES), strict=True) if name
        )
    ]


def test_the_reference_has_sections_numbers_and_appendices() -> None:
    assert {"1.2", "3.1.7", "5.5"} <= SECTIONS
    assert {"Q1", "Q40", "H8", "F1"} <= NUMBERS
    assert frozenset("ABC") == APPENDICES
    assert missing("§3.1.7, Q4c, H2 and appendix B; §9.9, Q99 and appendix Z") == ["§9.9", "Q99", "appendix Z"]


@pytest.mark.parametrize("folder", ["src", "docs", "tests/ledger", "tests/stories", "tests/protocol"])
def test_everything_that_is_cited_stands_in_the_reference(folder: str) -> None:
    files = [path for ending in ("py", "md") for path in (ROOT / folder).rglob(f"*.{ending}")]
    cited = {path.relative_to(ROOT).as_posix(): missing(path.read_text(encoding="utf-8")) for path in files}
    assert {path: names for path, names in cited.items() if names} == {}
