"""A recording of a gateway as one file, to be downloaded from the page and sent to somebody."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from heliograph import __version__
from heliograph.gateway.capture import Capture
from heliograph.model import firmware_version
from heliograph.model.redact import redact

README: Final[Mapping[str, str]] = {
    "fr": "Enregistré par Heliograph {version} pour Jeedom le {day} sur une passerelle de firmware {firmware}. Les "
    "secrets ont été retirés ; numéros de série, noms et adresses sont inventés.",
    "en": "Recorded by Heliograph {version} for Jeedom on {day} from a gateway of firmware {firmware}. Secrets were "
    "taken out; serial numbers, names and addresses are invented.",
}


async def record(recorder: Capture, language: str, tell: Callable[[int, int, str], None]) -> tuple[str, bytes]:
    """Record a gateway; return the name and the content of the archive.

    Raises:
        HeliographError: the gateway is not there, or does not let us in.
    """
    failures = await recorder.record(tell)
    firmware = recorder.facts.firmware
    day = datetime.now(UTC).date().isoformat()
    readme = README.get(language, README["en"]).format(version=__version__, day=day, firmware=firmware)
    folder = f"capture-{'.'.join(str(part) for part in firmware_version(firmware)) or 'unknown'}-{day}"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in recorder.files(failures, readme, language=language, clean=redact).items():
            archive.writestr(f"{folder}/{name}", body)
    return f"{folder}.zip", content.getvalue()
