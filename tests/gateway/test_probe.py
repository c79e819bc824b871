import pytest

from heliograph.emulator.generation import Ports
from heliograph.errors import AnswerError, NotAGatewayError, UnreachableError
from heliograph.gateway import Gateway, Patience
from tests.gateway.house import SERIAL, bench, raw_server, saying


@pytest.mark.parametrize(("ports", "scheme"), [(Ports.HTTP, "http"), (Ports.REDIRECT, "https"), (Ports.HTTPS, "https")])
async def test_the_scheme_that_answers_is_kept(ports: Ports, scheme: str) -> None:
    async with bench("D5.0.62" if ports is Ports.HTTP else "D8.2.1", ports=ports) as house, house.client() as gateway:
        assert (await gateway.identify()).serial == SERIAL
        assert gateway.known.scheme == scheme


async def test_the_scheme_known_is_asked_first() -> None:
    async with bench("D5.0.62") as house:
        async with house.client() as gateway:
            await gateway.identify()
            known = gateway.known
        refused = house.gateway.counters.refused
        async with house.client(known=known) as gateway:
            await gateway.identify()
        assert house.gateway.counters.refused == refused


async def test_a_scheme_that_is_out_of_date_is_corrected() -> None:
    async with bench("D5.0.62") as house:
        async with house.client() as gateway:
            await gateway.identify()
            known = gateway.known
        async with bench() as other, other.client(known=known) as gateway:
            await gateway.identify()
            assert gateway.known.scheme == "https"
            assert other.happenings.count("firmware_changed") == 1


async def test_http_that_points_to_https_that_is_not_there() -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n"
    patience = Patience(connect=5, read=1)
    async with raw_server(saying(moved, moved)) as host, Gateway(host, patience=patience) as gateway:
        with pytest.raises(UnreachableError):
            await gateway.identify()


async def test_a_gateway_that_starts_is_waited_for() -> None:
    async with bench() as house, house.client() as gateway:
        house.gateway.faults.on("503", times=2)
        await gateway.identify()
        assert house.slept == [1, 2]


async def test_a_gateway_that_is_not_ready_says_so() -> None:
    async with bench() as house, house.client() as gateway:
        house.gateway.faults.on("503")
        with pytest.raises(AnswerError) as caught:
            await gateway.identify()
        assert caught.value.code == "not_ready"


async def test_leading_space_before_the_document() -> None:
    async with bench() as house, house.client() as gateway:
        house.gateway.faults.on("leading-space")
        assert (await gateway.identify()).serial == SERIAL


async def test_https_that_points_elsewhere_is_no_gateway() -> None:
    async with bench() as house, house.client() as gateway:
        house.gateway.faults.on("redirect-localhost")
        with pytest.raises(NotAGatewayError):
            await gateway.identify()
