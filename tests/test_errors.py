import errno
import re

import pytest

from heliograph.errors import CAUSES, MESSAGES, Cause, HeliographError, UnreachableError

SENTENCES = [(code, said) for table in (MESSAGES, CAUSES) for code, said in table.items()]


@pytest.mark.parametrize(("code", "said"), SENTENCES, ids=[code for code, _ in SENTENCES])
def test_both_languages_name_the_same_details(code: str, said: dict[str, str]) -> None:
    assert set(said) == {"en", "fr"}
    assert set(re.findall(r"\{\w+\}", said["en"])) == set(re.findall(r"\{\w+\}", said["fr"]))


def test_a_cause_is_said_in_the_language_of_its_error() -> None:
    err = UnreachableError("unreachable", host="envoy", cause=Cause("no_connection", {"seconds": 10}))
    assert "no connection within 10 s" in str(err)
    assert "aucune connexion en 10 s" in err.text("fr")
    assert str(Cause("closed")) == Cause("closed").text("en") == Cause("closed").text("de")


def test_a_cause_may_be_plain_text() -> None:
    assert "(because)" in HeliographError("unreachable", host="envoy", cause="because").text("fr")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOENT, "fichier introuvable"),
        (errno.ENOSPC, "le disque est plein"),
        (errno.EAGAIN, "later"),
        (None, "x"),
    ],
)
def test_a_cause_of_the_operating_system(number: int | None, said: str) -> None:
    err = OSError("x") if number is None else OSError(number, "later")
    assert Cause.of(err).text("fr") == said
