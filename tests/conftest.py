"""What all tests share: a busy machine is slow, and that is no failure; the same code is judged by the same examples.

`pytest --hypothesis-profile=exploring` looks for new ones.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "patient", settings.default, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("exploring", settings.get_profile("patient"), derandomize=False)
settings.load_profile("patient")
