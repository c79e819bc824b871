"""HTTP Digest as gateways of firmware 3.9 to 5.0 speak it: MD5, `qop="auth"` or none (protocol.md §2.2)."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

_FIELD: Final = re.compile(r'\b(\w{1,32})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HASHES: Final = {"md5": "md5", "sha-256": "sha256"}


@dataclass(slots=True)
class Challenge:
    """What a gateway challenged us with, and how often its nonce was used since."""

    realm: str
    nonce: str
    qop: str | None = "auth"
    opaque: str | None = None
    algorithm: str | None = None
    uses: int = field(default=0)

    @classmethod
    def read(cls, headers: Iterable[str]) -> Self | None:
        """Find a challenge that can be met among the `WWW-Authenticate` headers, some of which may be garbage."""
        for header in headers:
            scheme, _, rest = header.strip().partition(" ")
            if scheme.lower() != "digest":
                continue
            fields: Mapping[str, str] = {
                found[1].lower(): re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]
                for found in _FIELD.finditer(rest)
            }
            qops = [word.strip().lower() for word in fields.get("qop", "").split(",")]
            known = fields.get("algorithm", "md5").lower() in _HASHES
            if fields.get("nonce") and known and ("auth" in qops or qops == [""]):
                return cls(
                    fields.get("realm", ""),
                    fields["nonce"],
                    "auth" if "auth" in qops else None,
                    fields.get("opaque"),
                    fields.get("algorithm"),
                )
        return None

    def authorization(self, method: str, target: str, user: str, password: str, *, cnonce: str | None = None) -> str:
        """Answer the challenge for one request; each answer counts the nonce up."""
        self.uses += 1
        count = f"{self.uses:08x}"
        cnonce = cnonce or secrets.token_hex(8)
        secret = self._hash(f"{user}:{self.realm}:{password}")
        asked = self._hash(f"{method}:{target}")
        middle = f"{self.nonce}:{count}:{cnonce}:{self.qop}" if self.qop else self.nonce
        fields = {
            "username": f'"{user}"',
            "realm": f'"{self.realm}"',
            "nonce": f'"{self.nonce}"',
            "uri": f'"{target}"',
            "response": f'"{self._hash(f"{secret}:{middle}:{asked}")}"',
        }
        if self.opaque is not None:
            fields["opaque"] = f'"{self.opaque}"'
        if self.algorithm is not None:
            fields["algorithm"] = self.algorithm
        if self.qop:
            fields |= {"qop": self.qop, "nc": count, "cnonce": f'"{cnonce}"'}
        return "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items())

    def _hash(self, text: str) -> str:
        name = _HASHES[(self.algorithm or "md5").lower()]
        return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()
