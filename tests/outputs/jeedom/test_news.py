import pytest

from heliograph.errors import (
    AnswerError,
    Cause,
    CertificateError,
    CloudError,
    HeliographError,
    NotAGatewayError,
    RefusedError,
    UnreachableError,
)
from heliograph.live import Condition
from heliograph.live import State as Live
from heliograph.outputs.jeedom.news import State, Watch, because, payload
from heliograph.protocol.token import DAY, TokenInfo
from tests.outputs.jeedom.sample import AT

AWAY = Condition(Live.AWAY, AT, UnreachableError("timeout", host="envoy", target="/info", seconds=10))
REFUSED = Condition(Live.AWAY, AT, RefusedError("token_foreign", found="1", expected="2"))
EXPIRED = Condition(Live.AWAY, AT, RefusedError("token_expired", expired="hier"))
ONLINE = Condition(Live.ONLINE, AT)
LATE = Condition(Live.DEGRADED, AT, UnreachableError("timeout", host="envoy", target="/info", seconds=10))


def _watch(*, automatic: bool = False) -> Watch:
    return Watch(12, "Toit", "fr", automatic=automatic)


def test_a_gateway_that_is_away_is_told_once_and_not_at_once() -> None:
    watch = _watch()
    assert watch.condition(AWAY, AT + 200) == ([], [])
    assert watch.state is State.AWAY
    messages, settled = watch.condition(AWAY, AT + 660)
    assert [message.id for message in messages] == ["state:12:"]
    assert messages[0].text.startswith("La passerelle Toit ne répond plus depuis 11 minutes. envoy n’a pas répondu")
    assert settled == []
    assert watch.condition(AWAY, AT + 86400) == ([], [])


def test_a_gateway_that_comes_back_settles_its_message() -> None:
    watch = _watch()
    assert watch.condition(ONLINE, AT) == ([], [])
    watch.condition(AWAY, AT + 660)
    assert watch.condition(ONLINE, AT + 700) == ([], ["state:12:"])
    assert watch.condition(ONLINE, AT + 760) == ([], [])


def test_a_short_silence_settles_nothing() -> None:
    watch = _watch()
    watch.condition(AWAY, AT + 200)
    assert watch.condition(ONLINE, AT + 300) == ([], [])


def test_a_refusal_is_told_at_once_and_takes_the_place_of_a_silence() -> None:
    watch = _watch()
    watch.condition(AWAY, AT + 660)
    messages, settled = watch.condition(REFUSED, AT + 700)
    assert (watch.state, settled) == (State.REFUSED, ["state:12:"])
    assert messages[0].text.startswith("La passerelle Toit refuse l’accès. Ce jeton d’accès est celui")
    assert watch.condition(REFUSED, AT + 760) == ([], [])


def test_a_token_that_is_over_is_told_once_and_not_as_a_refusal_too() -> None:
    watch = _watch()
    watch.condition(AWAY, AT + 660)
    assert watch.condition(EXPIRED, AT + 700) == ([], ["state:12:"])
    assert watch.state is State.REFUSED
    messages, _ = watch.token(TokenInfo("122", "owner", AT, AT - 365 * DAY), AT + 700, "")
    assert [message.id for message in messages] == ["token:12:"]


def test_trouble_with_the_cloud_is_a_refusal() -> None:
    watch = _watch()
    watch.condition(Condition(Live.AWAY, AT, CloudError("cloud_mfa")), AT)
    assert watch.state is State.REFUSED


def test_a_gateway_just_added_waits_for_its_token_without_a_message() -> None:
    watch = _watch()
    needed = Condition(Live.AWAY, AT, RefusedError("token_needed", host="envoy", firmware="D8"))
    assert watch.condition(needed, AT) == ([], [])
    assert watch.state is State.WAITING
    watch.condition(ONLINE, AT + 60)
    # An update of its firmware is what makes it ask for one now.
    messages, _ = watch.condition(needed, AT + 120)
    assert (watch.state, len(messages)) == (State.REFUSED, 1)


def test_a_changed_certificate_has_its_own_state_and_says_what_to_do() -> None:
    watch = _watch()
    error = CertificateError("certificate_changed", host="envoy", found="a", expected="b")
    messages, settled = watch.condition(Condition(Live.AWAY, AT, error), AT)
    assert (watch.state, settled) == (State.CHANGED, [])
    assert "Le certificat de envoy a changé (a au lieu de b)" in messages[0].text
    assert "Pour l’accepter, utilisez le bouton Accepter de sa page." in messages[0].text
    # The key is accepted, but what opens it is not any more.
    messages, settled = watch.condition(REFUSED, AT + 60)
    assert (len(messages), settled) == (1, ["state:12:"])


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (UnreachableError("unresolved", host="envoy"), State.AWAY),
        (UnreachableError("interrupted", host="envoy", target="/info", cause=Cause("closed")), State.AWAY),
        (UnreachableError("interrupted", host="envoy", target="/info", cause=Cause("incomplete")), State.FAULTY),
        (AnswerError("not_ready", host="envoy", target="/info", status=503), State.FAULTY),
        (AnswerError("bad_answer", host="envoy", target="/info", cause=Cause("html")), State.FAULTY),
        (NotAGatewayError("not_a_gateway", host="envoy", cause=Cause("html")), State.FAULTY),
        (NotAGatewayError("wrong_gateway", host="envoy", found="1", expected="2"), State.REPLACED),
        (None, State.AWAY),
    ],
    ids=lambda value: value.code if isinstance(value, HeliographError) else str(value),
)
def test_only_where_nothing_answers_a_gateway_is_away(error: HeliographError | None, state: State) -> None:
    watch = _watch()
    messages, _ = watch.condition(Condition(Live.AWAY, AT, error), AT)
    assert (watch.state, messages) == (state, [])
    messages, _ = watch.condition(Condition(Live.AWAY, AT, error), AT + 600)
    assert messages[0].id == "state:12:"


def test_what_cannot_be_read_names_the_button_and_no_command() -> None:
    err = AnswerError("bad_answer", host="envoy", target="/info", cause=Cause("html"))
    said = because(Condition(Live.DEGRADED, AT, err), "fr")
    assert said.endswith("Si cela dure, envoyez-en un enregistrement. Le bouton Capturer de sa page le prépare.")
    assert "heliograph capture" not in said


def test_a_gateway_that_is_late_is_fine() -> None:
    watch = _watch()
    assert watch.condition(LATE, AT + 599) == ([], [])
    assert watch.state is State.OK


def test_a_gateway_that_lacks_answers_for_long_is_told_once_and_settled() -> None:
    watch = _watch()
    messages, settled = watch.condition(LATE, AT + 600)
    assert (watch.state, settled) == (State.PARTIAL, [])
    assert messages[0].text.startswith("La passerelle Toit ne répond qu’en partie. envoy n’a pas répondu")
    assert watch.condition(LATE, AT + 7200) == ([], [])
    assert watch.condition(ONLINE, AT + 7260) == ([], ["state:12:"])


def test_a_gateway_that_refuses_a_part_is_not_said_to_be_well() -> None:
    watch = _watch()
    refused = Condition(Live.DEGRADED, AT, RefusedError("wrong_password", host="envoy", user="envoy"))
    messages, _ = watch.condition(refused, AT)
    assert (watch.state, len(messages)) == (State.PARTIAL, 1)


def test_a_token_is_warned_of_from_thirty_days_on_once_per_level() -> None:
    watch = _watch()
    info = TokenInfo("122", "owner", AT + 365 * DAY, AT)
    assert watch.token(info, AT, "bientôt") == ([], [])
    messages, settled = watch.token(info, AT + 336 * DAY, "le 1er")
    assert (messages[0].id, settled) == ("token:12:", ["token:12:"])
    assert "expire le le 1er" in messages[0].text
    assert watch.token(info, AT + 340 * DAY, "le 1er") == ([], [])
    assert len(watch.token(info, AT + 359 * DAY, "le 1er")[0]) == 1
    assert "a expiré" in watch.token(info, AT + 366 * DAY, "")[0][0].text


def test_what_was_warned_of_before_a_restart_is_not_warned_of_again() -> None:
    info = TokenInfo("122", "owner", AT + 365 * DAY, AT)
    first = _watch()
    first.token(info, AT + 336 * DAY, "")
    second = Watch(12, "Toit", "fr", warned=first.warned)
    assert second.token(info, AT + 337 * DAY, "") == ([], [])


def test_a_new_token_settles_the_warning() -> None:
    watch = _watch()
    watch.token(TokenInfo("122", "owner", AT + 365 * DAY, AT), AT + 336 * DAY, "")
    assert watch.token(TokenInfo("122", "owner", AT + 700 * DAY, AT), AT + 337 * DAY, "") == ([], ["token:12:"])


def test_a_token_that_renews_itself_is_not_warned_of() -> None:
    info = TokenInfo("122", "owner", AT + 365 * DAY, AT)
    assert _watch(automatic=True).token(info, AT + 364 * DAY, "") == ([], [])


def test_only_changed_facts_are_shown() -> None:
    watch = _watch()
    assert watch.shown(serial="122", text=None) == {"serial": "122", "state": "unknown"}
    assert watch.shown(serial="122", findings=1) == {"findings": 1}


def test_messages_are_posted_as_the_plugin_reads_them() -> None:
    watch = Watch(12, "Roof", "de")
    messages, _ = watch.condition(REFUSED, AT)
    assert payload(messages)[0]["id"] == "state:12:"
    assert payload(messages)[0]["text"].startswith("The gateway Roof refuses access.")
    assert "'" not in payload(messages)[0]["text"]
