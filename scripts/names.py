"""Check the names of the Python code (`make lint`) and measure it (`make measure`).

`names.py check` prints each name that docs/glossary.md does not allow and ends with 1 where there is one. Refused are
participles and pronouns that stand alone as a module-level name, a parameter or a field; a class name that two rooms
define; and a docstring that begins with another verb than PEP 257 asks for. What is allowed all the same stands in
scripts/names_allowed.txt, with its reason; an entry that is no longer needed is printed, so that the list shrinks.
`names.py list` prints every such name with its place, local names included.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "heliograph"
ALLOWED = Path(__file__).with_name("names_allowed.txt")

BARE = frozenset(
    """
    asked believed each everyone felt former found given gone handed heard here hers his judged kept known laid lasting
    learnt left made mended met mine none_ one ones other_ others ours owned proven said same seen served shaken shown
    slept some spoken struck such taken theirs there these they this those told tolerated torn understood us wanted
    watched we weighed what whatever which who whoever whom whose wished you
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Participles and pronouns that name nothing when they stand alone.

Not among them are the adjectives of state that Python and the field use (closed, due, expected, failed, missing,
retired, started, stored …), nor `other`, the operand of an operator."""

VAGUE = frozenset("asked each former found given heard kept known made one said shown told wanted".split())  # noqa: SIM905
"""The words by which the measure counts, local names included."""

NOT_IMPERATIVE = frozenset("Give Gives Say Says Tell Tells Returns Raises Gets Yields Whether".split())  # noqa: SIM905
ABSTRACT = frozenset({"web/shapes"})
"""Where class names are names of the API's schema, and so are public: they may repeat those of the model."""


class Bound(NamedTuple):
    """One name where the code binds it."""

    path: str
    line: int
    kind: str
    """module, class, function, method, field, parameter or local."""
    scope: str
    name: str

    @property
    def bare(self) -> bool:
        """Whether the name is a participle or a pronoun and nothing else."""
        return self.name.strip("_").lower() in BARE

    @property
    def vague(self) -> bool:
        """Whether the measure counts the name."""
        return self.name.strip("_").lower() in VAGUE

    @property
    def place(self) -> str:
        """Where the name is bound, as the list of exceptions has it."""
        return f"{self.path} {self.scope + '.' if self.scope else ''}{self.name}"


class Visitor(ast.NodeVisitor):
    """Collect the names that one module binds."""

    def __init__(self, path: str) -> None:
        self.path, self.names = path, list[Bound]()
        self.scopes: list[tuple[str, str]] = [("module", "")]

    def bind(self, name: str, kind: str, line: int) -> None:
        """Add a name."""
        self.names.append(Bound(self.path, line, kind, ".".join(s for _, s in self.scopes if s), name))

    def within(self, kind: str, name: str, body: list[ast.stmt]) -> None:
        """Visit a body as a scope of its own."""
        self.scopes.append((kind, name))
        for statement in body:
            self.visit(statement)
        self.scopes.pop()

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Bind a function and its parameters."""
        kind = {"class": "method", "module": "function"}.get(self.scopes[-1][0], "local")
        self.bind(node.name, kind, node.lineno)
        self.scopes.append(("function", node.name))
        self.arguments(node.args)
        self.scopes.pop()
        self.within("function", node.name, node.body)

    visit_FunctionDef = function  # noqa: N815 - the name is ast's
    visit_AsyncFunctionDef = function  # noqa: N815 - the name is ast's

    def arguments(self, args: ast.arguments, kind: str = "parameter") -> None:
        """Bind parameters."""
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None:
                self.bind(arg.arg, kind, arg.lineno)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Bind the parameters of a lambda as local names."""
        self.arguments(node.args, "local")
        self.visit(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Bind a class."""
        self.bind(node.name, "class", node.lineno)
        self.within("class", node.name, node.body)

    def visit_Name(self, node: ast.Name) -> None:
        """Bind what is assigned."""
        if isinstance(node.ctx, ast.Store):
            kind = {"class": "field", "module": "module"}.get(self.scopes[-1][0], "local")
            self.bind(node.id, kind, node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Bind an attribute of self."""
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
            self.bind(node.attr, "field", node.lineno)
        self.generic_visit(node)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        """Bind what a comprehension runs through, always local."""
        self.scopes.append(("function", ""))
        self.generic_visit(node)
        self.scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension  # noqa: N815 - the names are ast's

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Bind the name of an exception."""
        if node.name:
            self.bind(node.name, "local", node.lineno)
        self.generic_visit(node)


def bound(path: Path) -> list[Bound]:
    """Return the names that a module binds, each once in its scope."""
    visitor = Visitor(path.relative_to(ROOT).as_posix())
    visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
    return list({(name.scope, name.kind, name.name): name for name in reversed(visitor.names)}.values())[::-1]


def modules() -> list[Path]:
    """Return every module of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def room(path: str) -> str:
    """Return the room of a module of the package."""
    return Path(path).relative_to("src/heliograph").parts[0].removesuffix(".py")


def twice(names: list[Bound]) -> dict[str, list[Bound]]:
    """Return the classes whose name several modules define, the API's schema apart."""
    classes = defaultdict[str, list[Bound]](list)
    for name in names:
        if name.kind == "class" and not name.scope and not any(part in name.path for part in ABSTRACT):
            classes[name.name].append(name)
    return {name: places for name, places in classes.items() if len({place.path for place in places}) > 1}


def wrong_docstrings(path: Path) -> Iterator[str]:
    """Yield the place of each docstring that does not begin like PEP 257."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text and text.split()[0].strip(",") in NOT_IMPERATIVE:
                yield f"{path.relative_to(ROOT).as_posix()} {node.name}()"


def offences() -> dict[str, str]:
    """Return what is wrong, by place."""
    names = [name for path in modules() for name in bound(path)]
    wrong = {
        name.place: f"{name.kind} {name.name!r} says nothing alone"
        for name in names
        if name.bare and name.kind != "local"
    }
    for places in twice(names).values():
        wrong |= {place.place: f"class {place.name} is defined in several modules" for place in places}
    for path in modules():
        wrong |= dict.fromkeys(wrong_docstrings(path), "its docstring does not begin like PEP 257: Return …")
    return wrong


def allowed() -> dict[str, str]:
    """Return the places that are allowed, with their reasons."""
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    rows = (line.partition("  ") for line in lines if line and not line.startswith("#"))
    return {place: reason.strip() for place, _, reason in rows}


def check() -> int:
    """Print what is wrong and not allowed."""
    wrong, exceptions = offences(), allowed()
    for place in sorted(wrong.keys() - exceptions.keys()):
        print(f"{place}: {wrong[place]}; see docs/glossary.md")
    for place in sorted(exceptions.keys() - wrong.keys()):
        print(f"{place}: no longer wrong; take it out of {ALLOWED.relative_to(ROOT)}")
    for place in sorted(place for place, reason in exceptions.items() if not reason):
        print(f"{place}: is allowed without a reason")
    return int(not wrong.keys() <= exceptions.keys() or not all(exceptions.values()))


def chains() -> int:
    """Count the attribute chains of four and more dots: code that reaches through other objects."""
    count = 0
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            length, left = 0, node
            while isinstance(left, ast.Attribute):
                length, left = length + 1, left.value
            count += length >= 4 and id(node) not in inner
    return count


def citations() -> tuple[int, int]:
    """Count what the code cites of the protocol, and how much of it stands in docs/protocol.md."""
    reference = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)*)[. ]", reference, re.MULTILINE))
    numbers = set(re.findall(r"^(?:\*\*|\| )([QHF]\d+)\b", reference, re.MULTILINE))
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules())
    cited = re.findall(r"§(\d+(?:\.\d+)*)", text) + re.findall(r"\b([QHF]\d{1,2})[a-e]?\b", text)
    return len(cited), sum(name in sections or name in numbers for name in cited)


def measure() -> int:
    """Print the measures of the code."""
    names = [name for path in modules() for name in bound(path)]
    vague = [name for name in names if name.vague]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    rooms = Counter[str]()
    for path, count in lines.items():
        rooms[room(path.relative_to(ROOT).as_posix())] += count
    functions = [
        node.end_lineno - node.lineno + 1
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    ]
    cited, resolved = citations()
    rows: dict[str, object] = {
        "modules": len(lines),
        "lines": sum(lines.values()),
        "modules above 400 lines": sum(count > 400 for count in lines.values()),
        "functions": len(functions),
        "functions above 40 lines": sum(count > 40 for count in functions),
        "class names in several modules": len(twice(names)),
        "names bound": len(names),
        "bare participles and pronouns": len(vague),
        "exceptions in names_allowed.txt": len(allowed()),
        "docstrings unlike PEP 257": sum(1 for path in modules() for _ in wrong_docstrings(path)),
        "attribute chains of four dots and more": chains(),
        "citations": f"{cited}, of which {resolved} stand in docs/protocol.md",
    }
    per_room = Counter(room(name.path) for name in vague)
    for label, value in rows.items():
        print(f"{label:40} {value}")
    print(f"\n{'room':12} {'lines':>6} {'bare':>5}")
    for name, count in rooms.most_common():
        print(f"{name:12} {count:6} {per_room[name]:5}")
    return 0


def show() -> int:
    """Print every name that the measure or the check counts."""
    for path in modules():
        for name in bound(path):
            if name.vague or name.bare:
                print(name.place, name.line, name.kind)
    return 0


if __name__ == "__main__":
    sys.exit({"check": check, "measure": measure, "list": show}[sys.argv[1]]())
