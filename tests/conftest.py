"""What all tests share: a busy machine is slow, and that is no failure; the same code is judged by the same examples.

`pytest --hypothesis-profile=exploring` looks for new ones.
"""

import signal
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "patient", settings.default, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("exploring", settings.get_profile("patient"), derandomize=False)
settings.load_profile("patient")

# `nohup make test`, too, starts programs that a closed terminal ends.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write each reason for which tests were skipped once, with the number of its tests."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports)
    if reasons:
        terminalreporter.section("not tested here")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} × {reason}")
