import pytest

from heliograph.gateway import Account, Credentials


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (Credentials(), "Credentials(none hidden)"),
        (Credentials(password="s3cret"), "Credentials(password hidden)"),
        (Credentials(token="s3cret", account=Account("s3cret", "s3cret")), "Credentials(token, account hidden)"),
        (Account("s3cret", "s3cret"), "Account(user, password hidden)"),
    ],
)
def test_secrets_are_not_shown(held: object, said: str) -> None:
    assert repr(held) == str(held) == f"{held}" == said


def test_they_are_still_values() -> None:
    assert Credentials(password="a") == Credentials(password="a") != Credentials(password="b")
