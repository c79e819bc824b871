import re

import pytest

from heliograph.cli import outcome
from heliograph.cli.keys import ENLIGHTEN_PASSWORD, ENLIGHTEN_URL, ENLIGHTEN_USER, ENTREZ_URL, PASSWORD, TOKEN, USER
from tests.cli.reference import PAGES, commands, with_tables


@pytest.mark.parametrize("language", PAGES)
def test_the_tables_of_options_are_those_of_the_program(language: str) -> None:
    text = PAGES[language].read_text("utf-8")

    assert with_tables(text, language) == text, "python -m tests.cli.reference writes them anew"


@pytest.mark.parametrize("language", PAGES)
def test_every_command_and_option_is_documented(language: str) -> None:
    text = PAGES[language].read_text("utf-8")
    for path, command in commands():
        assert f"<!-- options: {' '.join(path)}{' ' if path else ''}-->" in text
        assert not path or f"heliograph {' '.join(path)}" in text
        for param in command.params:
            assert param.param_type_name == "argument" or all(f"`{option}`" in text for option in param.opts)


@pytest.mark.parametrize("language", PAGES)
def test_every_exit_code_and_variable_is_documented(language: str) -> None:
    text = PAGES[language].read_text("utf-8")
    codes = {value for name, value in vars(outcome).items() if name.isupper() and isinstance(value, int)}

    assert codes == {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    for name in (TOKEN, USER, PASSWORD, ENLIGHTEN_USER, ENLIGHTEN_PASSWORD, ENLIGHTEN_URL, ENTREZ_URL):
        assert f"`{name}`" in text
    for name in ("HELIOGRAPH_DATA", "NO_COLOR", "LC_ALL"):
        assert f"`{name}`" in text
