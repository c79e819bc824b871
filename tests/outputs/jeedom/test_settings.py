from heliograph.gateway import Account, Credentials
from heliograph.outputs.jeedom.settings import Roof, Settings


def test_a_row_of_jeedom_becomes_settings() -> None:
    row = {
        "id": "12",
        "name": "Toit",
        "host": " envoy.local ",
        "enabled": 1,
        "groups": ["grid"],
        "token": " t ",
        "password": "",
        "enlighten_user": "a@b.c",
        "enlighten_password": "p",
    }
    assert Settings.of(row) == Settings(
        12, "Toit", "envoy.local", True, frozenset({"grid"}), Credentials(token="t", account=Account("a@b.c", "p"))
    )


def test_what_is_missing_is_nothing() -> None:
    settings = Settings.of({"id": 1, "enlighten_user": "a@b.c", "groups": None})
    assert (settings.name, settings.host, settings.enabled) == ("1", "", True)
    assert settings.credentials == Credentials()
    assert (settings.roofs, settings.inverters) == ((), {})


def test_settings_show_no_secret() -> None:
    assert "topsecret" not in repr(Settings.of({"id": 1, "token": "topsecret", "password": "topsecret"}))


def test_roofs_have_their_inverters_by_serial_number() -> None:
    roofs = [
        {"id": "roof:all", "name": "Toit", "inverters": {"1221": "Sud 1"}},
        {"id": "roof:7", "name": "Est", "inverters": []},
    ]
    assert Settings.of({"id": 1, "roofs": roofs}).roofs == (
        Roof("roof:all", "Toit", {"1221": "Sud 1"}),
        Roof("roof:7", "Est", {}),
    )
