import ssl
from asyncio import sslproto

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from heliograph.emulator.certificate import Certificate, make_certificate
from heliograph.errors import CertificateError, NotAGatewayError
from heliograph.gateway.tls import PinnedKey, gateway_context, key_fingerprint, spare_memory
from tests.gateway.house import NOW, OTHER_SERIAL, SERIAL, House, bench


def der(certificate: Certificate) -> bytes:
    return x509.load_pem_x509_certificate(certificate.certificate).public_bytes(Encoding.DER)


@pytest.mark.parametrize("slow", [False, True], ids=["elliptic", "RSA"])
def test_the_key_is_found_as_cryptography_finds_it(slow: bool) -> None:
    certificate = make_certificate("envoy-122112123456", NOW, slow=slow)
    assert key_fingerprint(der(certificate)) == certificate.key_fingerprint


@pytest.mark.parametrize("damage", [b"", b"\x30", b"\x30\x03\x30\x01\x00", b"\x31\x00", b"\x30\x84\xff\xff\xff\xff"])
def test_a_certificate_beyond_reading_stands_for_its_key(damage: bytes) -> None:
    assert len(key_fingerprint(damage)) == 64


def test_a_truncated_certificate_is_no_other() -> None:
    whole = der(make_certificate("envoy", NOW))
    assert len({key_fingerprint(whole[:length]) for length in range(len(whole) + 1)}) > 200


def test_nobody_vouches_for_a_gateway() -> None:
    context = gateway_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)
    assert gateway_context() is context


def test_a_connection_without_tls_has_no_key() -> None:
    class Plain:
        def get_extra_info(self, name: str) -> None:
            return None

    key = PinnedKey()
    key.check(Plain())  # type: ignore[arg-type] # as much of a transport as is looked at
    assert key.expected is None


async def test_the_first_key_is_trusted() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        assert gateway.known.pin == house.gateway.certificate.key_fingerprint
        assert house.happenings.count("key_trusted") == 1


async def test_the_same_key_in_another_certificate_is_trusted() -> None:
    async with bench() as house:
        async with house.client() as gateway:
            await gateway.read()
            known = gateway.known
        async with house.client(known=known) as gateway:
            await gateway.read()
    assert house.happenings.count("key_trusted") == 1


async def test_another_key_is_reported_before_any_secret_is_sent() -> None:
    async with bench() as house:
        async with house.client() as gateway:
            await gateway.read()
            known = gateway.known
        before = known.pin
        house.gateway.rotate_certificate()
        house.gateway.counters.reset()
        async with house.client(known=known) as gateway:
            with pytest.raises(CertificateError) as caught:
                await gateway.read()
            assert gateway.known.pin == before
        assert house.gateway.counters.requests == 0
        assert caught.value.code == "certificate_changed"
        assert caught.value.details["pin"] == house.gateway.certificate.key_fingerprint
        assert before is not None
        assert before[:16] in caught.value.text()


async def test_another_key_in_the_middle_of_things_is_reported_too() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        house.gateway.faults.on("drop-keepalive", times=1)
        house.clock.advance(300)
        await gateway.read()
        house.gateway.rotate_certificate()
        house.gateway.faults.on("drop-keepalive", times=1)
        house.clock.advance(300)
        with pytest.raises(CertificateError):
            await gateway.read()


async def test_the_owner_may_trust_another_key() -> None:
    async with bench() as house:
        async with house.client() as gateway:
            await gateway.read()
            known = gateway.known
        house.gateway.rotate_certificate()
        async with house.client(known=known, trust=True) as gateway:
            await gateway.read()
            assert gateway.known.pin == house.gateway.certificate.key_fingerprint


async def test_a_stranger_is_not_trusted_for_having_answered_first() -> None:
    async with bench(serial=OTHER_SERIAL) as house, house.client(serial=SERIAL) as gateway:
        with pytest.raises(NotAGatewayError):
            await gateway.read()
        assert gateway.known.pin is None
        house.gateway.become(House(serial=SERIAL))
        gateway.use(house.credentials)
        await gateway.read()
        assert gateway.known.pin == house.gateway.certificate.key_fingerprint


async def test_connections_take_no_more_memory_than_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sslproto.SSLProtocol, "max_size", sslproto.SSLProtocol.max_size)
    spare_memory()
    assert sslproto.SSLProtocol.max_size == 32 * 1024
    async with bench() as house, house.client() as gateway:
        await gateway.read()
