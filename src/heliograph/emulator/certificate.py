"""Self-signed certificates such as gateways make for themselves: `CN=envoy-<serial>`, valid about a year."""

import hashlib
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

VALIDITY = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, both PEM."""

    certificate: bytes
    key: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        return x509.load_pem_x509_certificate(self.certificate).fingerprint(hashes.SHA256()).hex()

    @property
    def key_fingerprint(self) -> str:
        """SHA-256 of the public key (SubjectPublicKeyInfo, DER), hexadecimal."""
        public = x509.load_pem_x509_certificate(self.certificate).public_key()
        encoded = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(encoded).hexdigest()


def make_certificate(name: str, at: float, *, slow: bool = False) -> Certificate:
    """Make a certificate for a name, valid from a day before `at` on.

    `slow` makes an RSA key as real gateways have it; the elliptic default costs a hundredth of its time.
    """
    key = rsa.generate_private_key(65537, 2048) if slow else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.fromtimestamp(at, UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + VALIDITY)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """Make a TLS context as a gateway has it: TLS 1.2, no ALPN."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:
        # The ssl module reads keys from files only.
        path = Path(folder) / "gateway.pem"
        path.touch(0o600)
        path.write_bytes(certificate.key + certificate.certificate)
        context.load_cert_chain(path)
    return context
