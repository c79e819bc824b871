import json

from heliograph.emulator.counters import Counters


def test_remembers_the_most_at_once() -> None:
    counters = Counters()
    with counters.under_way(), counters.under_way():
        pass
    with counters.under_way():
        assert counters.concurrent == 1

    assert (counters.concurrent, counters.concurrent_max) == (0, 2)


def test_keeps_what_is_open_when_it_starts_again() -> None:
    counters = Counters(requests=5)
    with counters.connected():
        counters.reset()

        assert (counters.requests, counters.connections, counters.connections_open) == (0, 0, 1)


def test_is_plain_data() -> None:
    counters = Counters()
    counters.targets.update({"GET /info": 1, "GET /home": 2})
    counters.statuses[200] += 3

    data = json.loads(json.dumps(counters.as_dict()))

    assert list(data["targets"]) == ["GET /home", "GET /info"]
    assert data["statuses"] == {"200": 3}
