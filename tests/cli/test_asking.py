from collections.abc import Callable, Iterator

import pytest

from heliograph.cli.desk import Desk
from heliograph.emulator.cloud import Account, EmulatedCloud
from tests.cli.conftest import Run, emulated

Answers = Callable[..., list[str]]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Sit somebody before the terminal who answers so, and give the questions that were asked."""

    def sit(*typed: str | type[BaseException]) -> list[str]:
        questions: list[str] = []
        pending: Iterator[str | type[BaseException]] = iter(typed)

        def answer(question: str, **_: object) -> str:
            questions.append(question)
            text = next(pending)
            if not isinstance(text, str):
                raise text
            return text

        monkeypatch.setattr(Desk, "can_ask", property(lambda _: True))
        monkeypatch.setattr("getpass.getpass", answer)
        monkeypatch.setattr("rich.console.Console.input", lambda _, question, **__: answer(question))
        return questions

    return sit


async def test_a_wrong_token_is_asked_for_again(run: Run, answers: Answers) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        token = gateway.token()
        questions = answers("abc.def.ghi", f" Bearer {token} ")
        ended = await run("read", gateway.host)

    assert ended.code == 0
    assert len(questions) == 2
    assert "not an access token" in ended.err
    assert token not in ended.out + ended.err


async def test_a_password_is_asked_for(run: Run, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOGRAPH_PASSWORD", "mistaken")
    async with emulated("envoy-s-metered-4.10") as gateway:
        questions = answers(gateway.source.serial[-6:])
        ended = await run("sync", gateway.host, "--lang", "fr")

    assert ended.code == 0
    assert questions == ["Mot de passe de la passerelle (masqué) : "]


async def test_enter_alone_leads_to_the_account(run: Run, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    async with EmulatedCloud({"me@example.org": Account("correct horse")}) as cloud:
        monkeypatch.setenv("HELIOGRAPH_ENLIGHTEN_URL", cloud.url)
        monkeypatch.setenv("HELIOGRAPH_ENTREZ_URL", cloud.url)
        gateway = emulated("iq-standard-7.6")
        gateway.credentials.authority = cloud.authority
        async with gateway:
            questions = answers("", "me@example.org", "wrong horse", "me@example.org", "correct horse")
            ended = await run("read", gateway.host)

    assert ended.code == 0
    assert len(questions) == 5
    assert "horse" not in ended.out + ended.err


@pytest.mark.parametrize("typed", [("", ""), ("", "me@example.org", "")])
async def test_whoever_answers_nothing_is_told_what_is_missing(
    typed: tuple[str, ...], run: Run, answers: Answers
) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        answers(*typed)
        ended = await run("read", gateway.host)

    assert ended.code == 4


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, EOFError])
async def test_whoever_leaves_is_let_go(leaving: type[BaseException], run: Run, answers: Answers) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        answers(leaving)
        ended = await run("read", gateway.host)

    assert ended.code == 130


async def test_a_token_to_decode_is_asked_for(run: Run, answers: Answers) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        answers(gateway.token())
        ended = await run("token", "decode")

    assert ended.code == 0
    assert "owner" in ended.out
