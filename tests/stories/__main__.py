# ruff: noqa: T201 - a command prints
"""`python -m tests.stories`: tell stories of many kinds and print, kind by kind, how much of them comes out right."""

import argparse
import sys
import time
from collections.abc import Iterable
from multiprocessing import Pool

from tests.stories.kinds import KINDS, story
from tests.stories.story import Outcome, tell


def _tell(job: tuple[str, int]) -> Outcome:
    return tell(story(*job))


def table(outcomes: Iterable[Outcome]) -> str:
    """Return the outcomes as a table, one row a kind, and the sum of all."""
    rows = ["| kind | within | worst | false findings | crashes |", "|---|---|---|---|---|"]
    by_kind: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_kind.setdefault(outcome.kind, []).append(outcome)
    for name, told in by_kind.items():
        rows.append(_row(name, told))
    rows.append(_row("all", [outcome for told in by_kind.values() for outcome in told]))
    return "\n".join(rows)


def _row(name: str, told: list[Outcome]) -> str:
    within = sum(outcome.within for outcome in told)
    errors = [error for outcome in told if (error := outcome.worst) is not None]
    worst = max(errors, key=lambda error: error.share, default=None)
    said = ""
    if worst is not None:
        given = "absent" if worst.given is None else f"{worst.given:.0f}"
        said = f"{worst.counter} {worst.span}: {given}, true {worst.true:.0f}"
    found: dict[str, int] = {}
    for outcome in told:
        for code in outcome.findings:
            found[code] = found.get(code, 0) + 1
    findings = ", ".join(f"{code} {count}" for code, count in sorted(found.items()))
    crashes = sum(outcome.crash is not None for outcome in told)
    return f"| {name} | {within} of {len(told)} ({100 * within / len(told):.0f} %) | {said} | {findings} | {crashes} |"


def main() -> int:
    """Tell the stories that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.stories", description=__doc__)
    parser.add_argument("kinds", nargs="*", help="kinds to tell (default: all)", metavar="KIND")
    parser.add_argument("--seeds", type=int, default=10, help="stories of each kind")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--list", action="store_true", help="list the kinds")
    parser.add_argument("--details", action="store_true", help="name every value that is off")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{kind.name:24}{kind.what}" for kind in KINDS.values()))
        return 0
    jobs = [(name, options.first + seed) for name in options.kinds or KINDS for seed in range(options.seeds)]
    outcomes: list[Outcome] = []
    began = time.monotonic()
    with Pool(options.jobs) as pool:
        for outcome in pool.imap(_tell, jobs):
            outcomes.append(outcome)
            seconds = time.monotonic() - began
            print(f"\r{len(outcomes)} of {len(jobs)}, {seconds:.0f} s ", end="", file=sys.stderr, flush=True)
            if options.details:
                _name(outcome)
    print(file=sys.stderr)
    print(table(outcomes))
    return 0


def _name(outcome: Outcome) -> None:
    if outcome.within and not outcome.findings and not outcome.fell:
        return
    print(f"\n{outcome.kind} {outcome.seed}: findings {outcome.findings}, fell {sorted(outcome.fell)}")
    for error in outcome.errors:
        print(f"  {error.counter} {error.span}: {error.given} instead of {error.true:.1f}")
    if outcome.crash:
        print(outcome.crash)


if __name__ == "__main__":
    sys.exit(main())
