"""History: curves, accounts, heat maps, findings, events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import QueryParameter
from litestar.response import Stream

from heliograph.model import Subject
from heliograph.store import Curve, Name
from heliograph.web import curves, spans, wording
from heliograph.web.house import House, Kept
from heliograph.web.routes.answers import failing
from heliograph.web.routes.given import Language, TheHouse
from heliograph.web.shapes import history as shapes
from heliograph.web.shapes.values import Finding
from heliograph.web.words import find

TAGS = ["history"]
YEAR: Final = 366 * spans.DAY
_ACCOUNTS: Final = {
    "production": "production_lifetime",
    "consumption": "consumption_lifetime",
    "imported": "import_lifetime",
    "exported": "export_lifetime",
    "charged": "charged_lifetime",
    "discharged": "discharged_lifetime",
}
_LENGTHS: Final = {"hour": 2 * spans.DAY, "day": 31 * spans.DAY, "month": YEAR, "year": 30 * YEAR}
_HIDDEN: Final = frozenset({"identified", "lost", "found_again", "back"})

From = Annotated[str | None, QueryParameter(name="from", description="Epoch seconds or ISO 8601")]
To = Annotated[str | None, QueryParameter(name="to", description="Epoch seconds or ISO 8601; now unless given")]
Gateway = Annotated[
    str | None, QueryParameter(name="gateway", description="Serial number; needed with several gateways")
]
Series = Annotated[
    list[str],
    QueryParameter(
        name="series",
        min_items=1,
        max_items=300,
        description="`subject.key`, `subject.key:id` or `gateway/subject.key:id`; may be given several times",
    ),
]
Width = Annotated[
    str,
    QueryParameter(
        name="step",
        pattern=r"^(auto|raw|hour|day|month|year|[1-9][0-9]{0,6})$",
        description="auto, raw, hour, day, month, year, or seconds",
    ),
]
Points = Annotated[
    int, QueryParameter(name="points", ge=1, le=20_000, description="Points that one curve holds at most")
]
Per = Annotated[Literal["hour", "day", "month", "year"], QueryParameter(name="per")]
Year = Annotated[int | None, QueryParameter(name="year", ge=1971, le=2099)]
_FAILING: Final = failing(404, 422, 503)


@get("/history", tags=TAGS, summary="Series over a span", responses=_FAILING)
async def history(
    *,
    house: TheHouse,
    language: Language,
    series: Series,
    gateway: Gateway = None,
    start: From = None,
    end: To = None,
    step: Width = "auto",
    points: Points = 1500,
) -> Response[shapes.History]:
    """Several series at once; the span decides how finely, unless a step is given. A day unless a span is given."""
    question = await _question(house, series, gateway, (start, end), step, points)
    answer: Any = Stream(await curves.document(house, question, language), media_type="application/json")
    return answer  # type: ignore[no-any-return] # a stream of what this shape says


@get("/history.csv", tags=TAGS, summary="Series over a span, as CSV", media_type="text/csv", responses=_FAILING)
async def history_csv(
    *,
    house: TheHouse,
    language: Language,
    series: Series,
    gateway: Gateway = None,
    start: From = None,
    end: To = None,
    step: Width = "auto",
    points: Points = 20_000,
) -> Stream:
    """The same as a table: local time, then one column a series; of counters what they counted in each bucket."""
    question = await _question(house, series, gateway, (start, end), step, points)
    headers = {"Content-Disposition": 'attachment; filename="heliograph.csv"'}
    return Stream(await curves.table(house, question, language), media_type="text/csv", headers=headers)


@get("/energy", tags=TAGS, summary="Energy by hour, day, month or year", responses=_FAILING)
async def energy(
    house: TheHouse, gateway: Gateway = None, per: Per = "day", start: From = None, end: To = None
) -> shapes.Accounts:
    """Accounts of the whole installation. Without a span: two days, a month, a year, or everything."""
    store = house.history()
    kept = spans.the_gateway(house, gateway)
    first, last = spans.span(start, end, house.clock(), _LENGTHS[per])
    identity = _system_id(house, kept)
    names = [Name(Subject.SYSTEM, identity, key) for key in _ACCOUNTS.values()]
    curves = await store.series(kept.serial, names, first, last, per, most=20_000)
    columns = {name: list(curve.energy) for name, curve in zip(_ACCOUNTS, curves, strict=True)}
    longest = max(curves, key=lambda curve: len(curve.at))
    length = len(longest.at)
    filled = {name: column or [None] * length for name, column in columns.items()}
    return _accounts(kept, str(longest.step), spans.zone_name(house, kept), longest, filled)


@get("/heatmap", tags=TAGS, summary="A year by day and hour", responses=_FAILING)
async def heatmap(
    house: TheHouse,
    gateway: Gateway = None,
    series: Annotated[str, QueryParameter(name="series", max_length=200)] = "system.production_lifetime",
    year: Year = None,
) -> shapes.HeatMap:
    """One series over a local year, this year unless given: a counter's energy, else the mean."""
    store = house.history()
    (asked,) = await spans.wanted(house, store, [series], gateway)
    zone = ZoneInfo(spans.zone_name(house, asked.gateway))
    chosen = year or datetime.fromtimestamp(house.clock(), zone).year
    found = await store.heat_map(asked.gateway.serial, asked.name, chosen)
    return shapes.HeatMap(
        gateway=asked.gateway.serial,
        series=series,
        unit=found.unit,
        year=chosen,
        days=list(found.days),
        rows=[list(row) for row in found.rows],
    )


@get("/findings", tags=TAGS, summary="What was noticed", responses=_FAILING)
async def findings(
    house: TheHouse, language: Language, gateway: Gateway = None, start: From = None, end: To = None
) -> list[Finding]:
    """Findings in force now, as sentences; with a span, all that were in force within it."""
    chosen = house.fleet.all() if gateway is None else [spans.the_gateway(house, gateway)]
    if start is None and end is None:
        latest = house.live.latest
        updates = [latest[kept.name] for kept in chosen if kept.name in latest]
        return [
            wording.finding(update.snapshot.gateway.serial, found, language)
            for update in updates
            for found in update.snapshot.findings
        ]
    store = house.history()
    first, last = spans.span(start, end, house.clock(), YEAR)
    return [
        wording.finding(kept.serial, found.finding, language, found.closed)
        for kept in chosen
        for found in await store.findings(kept.serial, first, last)
    ]


@get("/events", tags=TAGS, summary="What happened", responses=_FAILING)
async def events(
    house: TheHouse, language: Language, gateway: Gateway = None, start: From = None, end: To = None
) -> list[shapes.Event]:
    """Firmware changes, outages, replacements, renewed tokens, latest first; a month unless a span is given."""
    store = house.history()
    chosen = house.fleet.all() if gateway is None else [spans.the_gateway(house, gateway)]
    first, last = spans.span(start, end, house.clock(), 31 * spans.DAY)
    found = [
        shapes.Event(
            gateway=kept.serial,
            kind=event.kind,
            at=event.at,
            text=_event_text(event.kind, event.details, language),
            until=event.until,
            details=dict(event.details),
        )
        for kept in chosen
        for event in await store.events(kept.serial, first, last)
        if event.kind not in _HIDDEN
    ]
    return sorted(found, key=lambda event: -event.at)


async def _question(
    house: House,
    series: Sequence[str],
    gateway: str | None,
    span: tuple[str | None, str | None],
    step: str,
    points: int,
) -> curves.Question:
    asked = await spans.wanted(house, house.history(), series, gateway)
    return curves.Question.of(asked, spans.span(*span, house.clock(), spans.DAY), step, points)


def _system_id(house: House, kept: Kept) -> str:
    update = house.live.latest.get(kept.name)
    system = None if update is None else update.snapshot.find(Subject.SYSTEM)
    return kept.serial if system is None else system.id


def _accounts(
    kept: Kept, per: str, zone: str, longest: Curve, columns: dict[str, list[float | None]]
) -> shapes.Accounts:
    net = [_less(a, b) for a, b in zip(columns["imported"], columns["exported"], strict=True)]
    self_use = [_share(a, b) for a, b in zip(columns["production"], columns["exported"], strict=True)]
    autarky = [_share(a, b) for a, b in zip(columns["consumption"], columns["imported"], strict=True)]
    total = {name: _sum(column) for name, column in columns.items()}
    total["net"] = _less(total["imported"], total["exported"])
    total["self_consumption"] = _share(total["production"], total["exported"])
    total["autarky"] = _share(total["consumption"], total["imported"])
    return shapes.Accounts(
        gateway=kept.serial,
        per=per,
        zone=zone,
        at=list(longest.at),
        net=net,
        self_consumption=self_use,
        autarky=autarky,
        covered=list(longest.covered),
        total=total,
        **columns,
    )


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else round(one - other, 3)


def _share(whole: float | None, part: float | None) -> float | None:
    """Give the share that is not the part, in percent; none of next to nothing."""
    if whole is None or part is None or whole < 10:
        return None
    return round(min(100.0, max(0.0, 100 * (1 - part / whole))), 2)


def _sum(column: Sequence[float | None]) -> float | None:
    known = [value for value in column if value is not None]
    return round(sum(known), 3) if known else None


def _event_text(kind: str, details: object, language: str) -> str:
    filled = wording.Lenient(details if isinstance(details, dict) else {})
    return find(f"event.{kind}", language, lenient=filled) or kind
