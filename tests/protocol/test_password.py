import pytest

from heliograph.protocol.password import default_password, installer_password


def test_default_password_is_the_end_of_the_serial_number() -> None:
    assert default_password("122112123456") == "123456"


@pytest.mark.parametrize(
    ("serial", "password"),
    [
        ("122112123456", "d525d2jh"),
        ("121430030548", "34Be4859"),
        ("121938119871", "be84Abe8"),
        ("121621012167", "2eDhg4Ce"),
        ("122035000000", "D5aC5j2h"),
        ("123456789012", "7edE24ed"),
        ("121900000000", "d6d68958"),
        ("121900000033", "jh33gaBA"),
    ],
)
def test_installer_password(serial: str, password: str) -> None:
    assert installer_password(serial) == password


def test_installer_password_depends_on_user_and_realm() -> None:
    passwords = {
        installer_password("122112123456"),
        installer_password("122112123456", user="envoy"),
        installer_password("122112123456", realm="example.org"),
    }
    assert len(passwords) == 3
