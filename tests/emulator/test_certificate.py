import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from heliograph.emulator.certificate import make_certificate, server_context

AT = 1_700_000_000.0


@pytest.mark.parametrize(("slow", "kind"), [(False, ec.EllipticCurvePublicKey), (True, rsa.RSAPublicKey)])
def test_signs_itself_in_the_gateways_name(slow: bool, kind: type) -> None:
    made = x509.load_pem_x509_certificate(make_certificate("envoy-122112123456", AT, slow=slow).certificate)

    assert made.subject == made.issuer
    assert made.subject.rfc4514_string() == "CN=envoy-122112123456"
    assert isinstance(made.public_key(), kind)
    assert made.not_valid_before_utc.timestamp() < AT < made.not_valid_after_utc.timestamp()


def test_has_another_key_each_time() -> None:
    first, second = make_certificate("envoy-1", AT), make_certificate("envoy-1", AT)

    assert first.fingerprint != second.fingerprint
    assert first.key_fingerprint != second.key_fingerprint
    assert len(first.key_fingerprint) == 64


def test_speaks_as_old_a_tls_as_gateways_do() -> None:
    assert server_context(make_certificate("envoy-1", AT)).maximum_version is ssl.TLSVersion.TLSv1_2
