import time

import pytest

from heliograph.protocol.endpoints import legacy
from tests.protocol.asking import facts, said

PAGE = """<h1>System Energy Production</h1><table>
<tr><td>Currently</td>    <td> {now}</td></tr><tr><td>Today</td>     <td> 53.6 kWh</td></tr>
<tr><td>Past Week</td>    <td>  405 kWh</td></tr><tr><td>Since Installation</td>    <td>  {life}</td></tr></table>"""


def _said(now: str = "6.63 kW", life: str = "133 MWh") -> dict[str, object]:
    answer = said(legacy.PAGE, PAGE.format(now=now, life=life).encode())
    return {statement.key: statement.value for statement in legacy.page(answer, facts())}


def test_the_page_of_production() -> None:
    assert _said() == {
        "production_power": 6630,
        "production_today": 53_600,
        "production_7_days": 405_000,
        "production_lifetime": 133_000_000,
    }


@pytest.mark.parametrize(
    ("now", "watts"),
    [("0 W", 0), ("212 W", 212), ("1.2 MW", 1_200_000), ("5 KW", 5000), ("5 kWh", None), ("- kW", None), ("", None)],
)
def test_units_of_power(now: str, watts: float | None) -> None:
    assert _said(now=now).get("production_power") == watts


@pytest.mark.parametrize(("life", "energy"), [("1.5 GWh", 1.5e9), ("17 Wh", 17), ("17 W", None)])
def test_units_of_energy(life: str, energy: float | None) -> None:
    assert _said(life=life).get("production_lifetime") == energy


@pytest.mark.parametrize(("count", "told"), [("16", [16]), ("0", []), ("many", [])])
def test_the_inverters_online(count: str, told: list[int]) -> None:
    page = f"<td>Number of Microinverters Online</td><td> {count} </td>".encode()

    assert [s.value for s in legacy.home_page(said(legacy.HOME_PAGE, page), facts())] == told


@pytest.mark.parametrize(
    "body", [b"<td" * 80_000, b"<td>" * 60_000, b"<td> " + b" " * 250_000, b"<td>Today</td>" * 18_000]
)
def test_no_page_takes_long_to_read(body: bytes) -> None:
    """Reading backwards again and again took twenty seconds, in which nothing else ran; it takes milliseconds."""
    answer, start = said(legacy.PAGE, body), time.process_time()
    assert list(legacy.page(answer, facts())) == list(legacy.home_page(answer, facts())) == []
    assert time.process_time() - start < 2
