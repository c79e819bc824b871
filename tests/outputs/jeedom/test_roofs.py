from types import MappingProxyType

import pytest

from heliograph.model import Equipment, Subject
from heliograph.outputs.jeedom.roofs import roof_gaps, roof_values
from heliograph.outputs.jeedom.settings import Roof
from tests.outputs.jeedom.sample import equipment, snapshot, stale

ROOF = Roof("roof:all", "Toit", MappingProxyType({"1": "Sud 1", "2": "Sud 2", "3": "Sud 3", "4": "Sud 4"}))
NOTHING = {"power": "", "energy_today": "", "share": "", "weakest": "", "weakest_share": ""}


def _inverter(id_: str, power: float, *, retired: bool = False) -> Equipment:
    return equipment(Subject.INVERTER, id_, power=power, retired=retired)


def _told(*items: Equipment, reachable: bool = True, roof: Roof = ROOF) -> dict[str, object]:
    return dict(roof_values(snapshot(*items), [roof], reachable=reachable)[roof.id])


def test_a_roof_adds_up_its_inverters_and_names_the_weakest() -> None:
    given = _told(_inverter("1", 200.0), _inverter("2", 100.0), _inverter("3", 200.4), _inverter("4", 220.0))
    # The median is 200.2 W, four of them 800.8 W; together they make 720.4 W.
    assert given == {"power": 720, "energy_today": "", "share": 90.0, "weakest": "Sud 2", "weakest_share": 50}


def test_an_inverter_that_is_silent_is_expected_all_the_same() -> None:
    given = _told(
        _inverter("1", 200.0),
        stale(Subject.INVERTER, "2", "power", 190.0),
        _inverter("3", 200.0),
        _inverter("4", 200.0),
    )
    assert given == {"power": 600, "energy_today": "", "share": 75.0, "weakest": "Sud 1", "weakest_share": 100}


def test_what_is_of_another_roof_or_was_taken_off_is_not_counted() -> None:
    given = _told(
        _inverter("1", 200.0),
        _inverter("2", 200.0),
        _inverter("3", 200.0),
        _inverter("4", 10.0, retired=True),
        _inverter("5", 900.0),
    )
    assert (given["power"], given["share"]) == (600, 100.0)


@pytest.mark.parametrize(
    ("powers", "expected"),
    [
        ((0.0, 0.0, 0.0, 0.0), {**NOTHING, "power": 0}),
        ((9.0, 9.0, 9.0, 1.0), {**NOTHING, "power": 28}),
        ((200.0, 100.0), {**NOTHING, "power": 300}),
        ((), NOTHING),
    ],
    ids=["night", "dusk", "two alone", "none"],
)
def test_nothing_is_compared_where_light_or_neighbours_are_missing(
    powers: tuple[float, ...], expected: dict[str, object]
) -> None:
    assert _told(*(_inverter(str(i), power) for i, power in enumerate(powers, 1))) == expected


def test_of_a_gateway_that_is_away_the_roof_is_empty() -> None:
    assert _told(*(_inverter(id_, 200.0) for id_ in "1234"), reachable=False) == NOTHING


def test_what_a_roof_lacks_has_its_reason() -> None:
    dusk = roof_gaps({"roof:all": {**NOTHING, "power": 28, "energy_today": 500}}, "fr")["roof:all"]
    assert [row["what"] for row in dusk] == [
        "Part de la puissance attendue, Micro-onduleur le plus faible, Part du micro-onduleur le plus faible"
    ]
    assert dusk[0]["why"].startswith("la comparaison demande au moins 3 micro-onduleurs")
    silent = roof_gaps({"roof:all": NOTHING}, "en")["roof:all"]
    assert silent[0] == {"what": "Power", "why": "no microinverter reports its power."}
    assert silent[1] == {"what": "Energy today", "why": "not every microinverter reports its energy."}
    assert roof_gaps(
        {"roof:all": {"power": 1, "energy_today": 0, "share": 100.0, "weakest": "a", "weakest_share": 1}}, "fr"
    ) == {"roof:all": []}


def test_the_energy_of_the_day_is_that_of_all_or_none() -> None:
    two = Roof("roof:1", "Est", MappingProxyType({"1": "Est 1", "2": "Est 2"}))
    first, second = (equipment(Subject.INVERTER, id_, power=1.0, energy_today=500.4) for id_ in "12")
    assert _told(first, second, roof=two)["energy_today"] == 1001
    assert _told(first, second, roof=two, reachable=False)["energy_today"] == 1001
    assert _told(first, _inverter("2", 1.0), roof=two)["energy_today"] == ""


def test_each_inverter_is_compared_with_those_that_see_the_same_sun() -> None:
    names = {**{str(i): f"Sud {i}" for i in range(1, 5)}, **{str(i): f"Nord {i}" for i in range(5, 9)}}
    whole = Roof("roof:all", "Toit", MappingProxyType(names))
    north = Roof("roof:1", "Nord", MappingProxyType({id_: names[id_] for id_ in "5678"}))
    inverters = [_inverter(str(i), 200.0) for i in range(1, 5)] + [_inverter(str(i), 100.0) for i in range(5, 9)]
    inverters[1] = _inverter("2", 150.0)
    told = roof_values(snapshot(*inverters), [whole, north], reachable=True)
    expected = {"power": 1150, "energy_today": "", "share": 95.8, "weakest": "Sud 2", "weakest_share": 75}
    assert told["roof:all"] == expected
    assert (told["roof:1"]["share"], told["roof:1"]["weakest_share"]) == (100.0, 100)
