from heliograph.gateway import Latency


def test_latency() -> None:
    latency = Latency()
    for seconds in (1.0, 5.0, 3.0):
        latency.add(seconds)
    assert latency == Latency(last=3.0, mean=3.0, worst=5.0, count=3)
