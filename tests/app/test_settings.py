"""Settings: one table, one commented file, the environment over it."""

import tomllib
from pathlib import Path
from string import Formatter

import pytest

from heliograph.app import file
from heliograph.app.file import Origin, SettingsError
from heliograph.app.rules import Choice, Flag, Names, Number, Text, Value, WrongValueError, Zone
from heliograph.app.settings import TABLE, Settings, value_of
from heliograph.app.words import table
from heliograph.errors import UsageError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "heliograph.toml"


def test_without_file_and_environment_everything_is_at_its_default(path: Path) -> None:
    effective = file.load(path, {})
    assert effective.settings == Settings()
    assert set(effective.origins.values()) == {Origin("default")}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_file_explains_every_setting_and_changes_none(path: Path, language: str) -> None:
    text = file.template(language)
    assert [row.key for row in TABLE.values() if f"# {row.name} = " not in text] == []
    file.write(path, text)
    assert file.load(path, {}).settings == Settings()
    uncommented = "\n".join(
        line.removeprefix("# ") if any(line.startswith(f"# {row.name} = ") for row in TABLE.values()) else line
        for line in text.splitlines()
    )
    assert tomllib.loads(uncommented)["web"]["port"] == 8420
    path.write_text(uncommented)
    assert file.load(path, {}).settings == Settings()


def test_the_file_is_the_owners_alone(path: Path) -> None:
    file.write(path, file.template("en"))
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("key", TABLE)
def test_every_setting_can_be_given_by_file_and_by_environment(path: Path, key: str) -> None:
    row = TABLE[key]
    value: Value
    match row.rule:
        case Choice(options=options):
            value, text = options[-1], options[-1]
        case Number(least=least):
            value, text = least, str(least)
        case Flag():
            value, text = not row.default, str(not row.default)
        case Names():
            value, text = ("a.example", "b.example"), "a.example, b.example"
        case Zone():
            value, text = "Europe/Paris", "Europe/Paris"
        case _:
            value, text = "x", "x"
    file.change(path, {key: value}, "en")
    from_file = file.load(path, {})
    assert value_of(from_file.settings, key) == value
    assert from_file.origins[key] == Origin("file")
    from_environment = file.load(path.with_name("none"), {row.variable: text})
    assert value_of(from_environment.settings, key) == value
    assert from_environment.origins[key] == Origin("environment", row.variable)


def test_the_environment_wins(path: Path) -> None:
    path.write_text("[web]\nport = 1000\n")
    assert file.load(path, {"HELIOGRAPH_WEB_PORT": "2000"}).settings.web.port == 2000


def test_changes_keep_every_comment(path: Path) -> None:
    path.write_text('# mine\n[web] # the page\nport = 1000 # as the router has it\n\n[log]\n# level = "info"\n')
    file.change(path, {"web.port": 2000, "log.level": "debug", "polling.system": 30}, "en")
    text = path.read_text()
    for comment in ("# mine", "# the page", "# as the router has it"):
        assert comment in text
    assert 'level = "debug"' in text
    effective = file.load(path, {}).settings
    assert (effective.web.port, effective.log.level, effective.polling.system) == (2000, "debug", 30)


def test_a_first_change_writes_the_whole_file(path: Path) -> None:
    file.change(path, {"web.names": ("a", "b")}, "fr")
    text = path.read_text()
    assert 'names = ["a", "b"]' in text
    assert "# port = 8420" in text


@pytest.mark.parametrize(
    ("content", "code", "key"),
    [
        ("[web]\nport = 99999\n", "number", "web.port"),
        ("[web]\nport = true\n", "number", "web.port"),
        ("[web]\nport = 80.5\n", "number", "web.port"),
        ('[web]\nlogin = "never"\n', "choice", "web.login"),
        ('[web]\nnames = "a"\n', "list", "web.names"),
        ("[log]\ntimes = 1\n", "flag", "log.times"),
        ('[general]\nzone = "Mars/Base"\n', "zone", "general.zone"),
        ("[general]\nsite = 5\n", "text", "general.site"),
        ('[general]\nsite = "a\\nb"\n', "line", "general.site"),
        ("[web", "toml", ""),
    ],
)
def test_what_will_not_do_is_said_clearly(path: Path, content: str, code: str, key: str) -> None:
    path.write_text(content)
    with pytest.raises(SettingsError) as raised:
        file.load(path, {})
    assert (raised.value.code, raised.value.key) == (code, key)
    assert (key or str(path)) in raised.value.text("fr")
    assert raised.value.text("fr") != raised.value.text("en")


@pytest.mark.parametrize("text", ["x", "1.5", "", "99999"])
def test_so_is_what_the_environment_says(path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="HELIOGRAPH_WEB_PORT"):
        file.load(path, {"HELIOGRAPH_WEB_PORT": text})


def test_what_nobody_knows_is_told_but_does_no_harm(path: Path) -> None:
    path.write_text("top = 1\n[web]\nprot = 1\n")
    problems = file.load(path, {"HELIOGRAPH_WEB_PROT": "1", "HELIOGRAPH_TOKEN": "no setting"}).problems
    assert [problem.key for problem in problems] == ["top", "web.prot", "HELIOGRAPH_WEB_PROT"]


def test_a_file_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        file.load(tmp_path, {})
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        file.write(tmp_path / "file" / "x.toml", "")


def test_secrets_are_not_shown(path: Path) -> None:
    address = "postgresql+psycopg://me:secret@192.0.2.1/h"
    effective = file.load(path, {"HELIOGRAPH_HISTORY_DATABASE": address})
    assert file.shown(effective, TABLE["history.database"]) == "postgresql+psycopg://***@192.0.2.1/h"


def test_the_file_is_in_the_data_folder_or_where_it_was_said_to_be(tmp_path: Path) -> None:
    assert file.path_of(tmp_path, {}) == tmp_path / "heliograph.toml"
    assert file.path_of(tmp_path, {"HELIOGRAPH_CONFIG": "/etc/x.toml"}) == Path("/etc/x.toml")


def test_both_languages_say_the_same() -> None:
    english, french = table("en"), table("fr")
    assert english.keys() == french.keys()
    for key, text in english.items():
        names = [{name for _, name, _, _ in Formatter().parse(said) if name} for said in (text, french[key])]
        assert names[0] == names[1], key
    assert [row.key for row in TABLE.values() if f"setting.{row.key}" not in english] == []


@pytest.mark.parametrize(("text", "value"), [("oui", True), ("YES", True), ("0", False), ("off", False)])
def test_yes_and_no_in_the_environment(text: str, value: bool) -> None:
    assert Flag().from_text(text) is value


def test_rules_refuse() -> None:
    for rule, text in ((Flag(), "perhaps"), (Choice(("a",)), "b"), (Names(), "x\x01"), (Text(3), "long")):
        with pytest.raises(WrongValueError):
            rule.from_text(text)
    assert Number(1, 5).read(3.0) == 3
