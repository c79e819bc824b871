"""The API's documentation as one page that needs nothing from elsewhere, written from the OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from heliograph.web.language import preferred
from heliograph.web.words import find, say, table

TAGS: Final = ("values", "gateways", "history", "notifications", "access", "service")
Schema = Mapping[str, Any]


class Pages(OpenAPIRenderPlugin):
    """Writes the documentation."""

    def __init__(self) -> None:
        super().__init__(path=["/", "/problems"], favicon="", style="")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Write the page that was asked for."""
        language = preferred(request.headers.get("accept-language"), request.app.state.language())
        if request.url.path.rstrip("/").endswith("/problems"):
            return _page(language, "".join(_problems(language)))
        return _page(language, "".join(_body(openapi_schema, language)))


def _page(language: str, body: str) -> bytes:
    title = escape(say("docs.title", language))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    main = f"<body><main>{body}</main></body>"
    return f'<!doctype html><html lang="{language}"><head>{head}{_STYLE}</head>{main}</html>'.encode()


def _body(schema: Schema, language: str) -> Iterator[str]:
    yield f"<h1>{escape(say('docs.title', language))}</h1><p>{say('docs.intro', language)} "
    yield '<a href="/api/docs/openapi.json">openapi.json</a> · '
    yield f'<a href="/api/docs/problems">{escape(say("docs.problems", language))}</a></p>'
    operations = [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, Mapping)
    ]
    for tag in TAGS:
        yield f"<h2>{escape(say(f'tag.{tag}', language))}</h2>"
        for path, method, operation in operations:
            if tag in operation.get("tags", ()):
                yield from _operation(path, method, operation, language)
    yield f"<h2>{escape(say('docs.shapes', language))}</h2>"
    for name, shape in sorted(schema.get("components", {}).get("schemas", {}).items()):
        yield from _shape(name, shape)


def _operation(path: str, method: str, operation: Schema, language: str) -> Iterator[str]:
    text = operation.get("description", "")
    summary = find(f"route.{operation.get('operationId')}", language) or operation.get("summary", "")
    yield f"<details><summary><b class={method}>{method.upper()}</b> <code>{escape(path)}</code> "
    yield f"{escape(summary)}</summary><p>{escape(text)}</p>"
    parameters = operation.get("parameters", ())
    if parameters:
        yield f"<h4>{escape(say('docs.parameters', language))}</h4><table>"
        for one in parameters:
            required = f" <i>{escape(say('docs.required', language))}</i>" if one.get("required") else ""
            yield f"<tr><td><code>{escape(one['name'])}</code>{required}<td>{_kind(one.get('schema', {}))}"
            yield f"<td>{escape(one.get('description', '') or one.get('schema', {}).get('description', ''))}"
        yield "</table>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h4>{escape(say('docs.body', language))}</h4><p>{_typed(kind, content)}</p>"
    others = []
    for status, answer in sorted(operation.get("responses", {}).items()):
        content = answer.get("content", {})
        if status.startswith("2"):
            kinds = " ".join(_typed(kind, each) for kind, each in content.items())
            yield f"<h4>{escape(say('docs.answer', language))} {status}</h4><p>{kinds}</p>"
        else:
            others.append(f"{status} {escape(answer.get('description', ''))}")
    if others:
        yield f"<h4>{escape(say('docs.other_answers', language))}</h4><p>{' · '.join(others)}</p>"
    yield "</details>"


def _shape(name: str, shape: Schema) -> Iterator[str]:
    yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code> '
    yield f"{escape(shape.get('description', ''))}</summary><table>"
    required = set(shape.get("required", ()))
    for field, kind in shape.get("properties", {}).items():
        mark = " *" if field in required else ""
        examples = kind.get("examples", ())
        shown = _example(examples)
        example = "" if shown is None else f" <code>{escape(json.dumps(shown, ensure_ascii=False))}</code>"
        yield f"<tr><td><code>{escape(field)}</code>{mark}<td>{_kind(kind)}"
        yield f"<td>{escape(kind.get('description', ''))}{example}"
    yield "</table></details>"


def _typed(kind: str, content: Schema) -> str:
    return f"{_kind(content.get('schema', {}))} <small>{escape(kind)}</small>"


def _example(examples: Any) -> Any:
    """Return the first example, however it is written."""
    if isinstance(examples, Mapping):
        first = next(iter(examples.values()), None)
        return first.get("value") if isinstance(first, Mapping) else first
    return next(iter(examples), None)


def _kind(schema: Schema) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return " | ".join(_kind(each) for each in schema[word])
    kind = schema.get("type")
    if kind == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"{{… {_kind(schema['additionalProperties'])}}}"
    if "enum" in schema:
        return " | ".join(escape(json.dumps(each)) for each in schema["enum"])
    return escape(" | ".join(kind) if isinstance(kind, list) else str(kind or "any"))


def _problems(language: str) -> Iterator[str]:
    yield f"<h1>{escape(say('docs.problems', language))}</h1>"
    yield f"<p><a href='/api/docs'>{escape(say('docs.title', language))}</a></p><dl>"
    for key in table(language):
        if key.startswith("problem.") and key.endswith(".title"):
            code = key.split(".")[1]
            detail = table(language).get(f"problem.{code}.detail", "")
            remedy = find(f"problem.{code}.remedy", language, lenient=_Dots()) or ""
            yield f'<dt id="{code}"><code>{code}</code> {escape(table(language)[key])}'
            yield f"<dd>{escape(detail)} {escape(remedy)}"
    yield "</dl>"


class _Dots(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


_STYLE: Final = """<style>
:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:0}
main{max-width:62rem;margin:2rem auto;padding:0 1rem}
summary{cursor:pointer;padding:.35rem 0}details{border-bottom:1px solid #8884;padding:.1rem 0}
details[open]{padding-bottom:1rem}code{font-size:.92em;background:#8882;padding:.1em .3em;border-radius:.2em}
b.get{color:#2a7}b.post{color:#27c}b.put,b.patch{color:#b70}b.delete{color:#c33}
table{border-collapse:collapse}td{padding:.2rem .8rem .2rem 0;vertical-align:top;border-top:1px solid #8883}
h4{margin:.8rem 0 .2rem}p{margin:.3rem 0}small{opacity:.7}dt{margin-top:1rem}dd{margin-left:1rem}
</style>"""
