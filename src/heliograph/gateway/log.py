"""The one logger of this room, and the filter that takes secrets out of whatever it says."""

import logging
from typing import Final

from heliograph.model.redact import redact

_FORMATTER: Final = logging.Formatter()


class Redaction(logging.Filter):
    """Takes secrets out of log records; fit for any logger or handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mend the record, and let it pass."""
        record.msg = redact(record.getMessage())
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


LOGGER: Final = logging.getLogger("heliograph.gateway")
LOGGER.addFilter(Redaction())
