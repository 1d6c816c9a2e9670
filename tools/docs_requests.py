"""A hook of mkdocs: the reference of HTTP requests, written from the reviewed OpenAPI documents.

A page holds `<!-- routes of preprocessing -->` and `<!-- messages of preprocessing -->`. The documents themselves are files of
the site.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

DOCUMENTS = Path(__file__).resolve().parent.parent / "tests" / "golden"
SERVICES = ("preprocessing", "modeling")


def on_files(files: Files, config: Any) -> Files:
    """Publish both documents next to the pages about them."""
    for service in SERVICES:
        path = DOCUMENTS / f"{service}.openapi.json"
        files.append(File.generated(config, f"reference/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the marks by what the documents hold."""
    return re.sub(r"<!-- (routes|messages) of (\w+) -->", lambda found: _written(found[1], found[2]), markdown)


def _written(what: str, service: str) -> str:
    document = json.loads((DOCUMENTS / f"{service}.openapi.json").read_text(encoding="utf-8"))
    return routes(document) if what == "routes" else messages(document)


def routes(document: dict[str, Any]) -> str:
    """Write a heading per path, with each method, its description, parameters, body and reply."""
    schemas = document["components"]["schemas"]
    lines: list[str] = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            lines += [f"### {method.upper()} `{path}`", "", f"{operation['summary']}.", ""]
            lines += [operation.get("description", ""), ""]
            lines += [f"- {line}" for line in _of_operation(operation, schemas)]
            lines.append("")
    return "\n".join(lines)


def _of_operation(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for parameter in operation.get("parameters", []):
        words = parameter.get("description") or parameter["schema"].get("description") or ""
        lines.append(f"`{parameter['name']}` ({parameter['in']}, {_type(parameter['schema'], schemas)}). {words}")
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        lines.append(f"Body, `{media}`: {_type(content.get('schema', {}), schemas)}")
    statuses: dict[str, list[str]] = {}
    for status, reply in operation["responses"].items():
        if status != "default":
            kinds = dict.fromkeys(
                _type(content.get("schema", {}), schemas) for content in reply.get("content", {}).values()
            )
            statuses.setdefault(" or ".join(kinds) or "no body", []).append(status)
    return [*lines, *(f"Reply {', '.join(numbers)}: {kind}" for kind, numbers in statuses.items())]


def messages(document: dict[str, Any]) -> str:
    """Write a heading per message, with its fields: type, bounds, default and description; and an example."""
    schemas = document["components"]["schemas"]
    lines: list[str] = []
    for name, schema in sorted(schemas.items()):
        lines += [f"### {name}", "", schema.get("description", ""), ""]
        if "enum" in schema:
            lines += [f"One of {_values(schema['enum'])}.", ""]
        for example in schema.get("examples", []):
            members = (f"  {json.dumps(field)}: {json.dumps(value)}" for field, value in example.items())
            lines += ["```json", "{", ",\n".join(members), "}", "```", ""]
        required = schema.get("required", [])
        fields = schema.get("properties", {})
        for field in sorted(fields, key=lambda field: field not in required):
            note = "required" if field in required else _default(fields[field])
            what = _type(fields[field], schemas) + _bounds(fields[field])
            lines += [f"`{field}` · {what} · {note}", f":   {_description(fields[field], schemas)}", ""]
    return "\n".join(lines)


def _description(field: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return the field's own description, or else the first paragraph of its message's."""
    message = schemas.get(field.get("$ref", "").rpartition("/")[2], {})
    text = field.get("description") or message.get("description", "").partition("\n\n")[0]
    return " ".join(text.split()) or "&nbsp;"


def _default(what: dict[str, Any]) -> str:
    return f"default `{json.dumps(what['default'], ensure_ascii=False)}`" if "default" in what else "optional"


def _bounds(what: dict[str, Any]) -> str:
    names = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
        "minLength": "length at least",
        "maxLength": "length at most",
        "minItems": "items at least",
        "maxItems": "items at most",
    }
    holders = [what, *what.get("anyOf", [])]
    bounds = [
        f"{words} {holder[name]:,}".removesuffix(".0")
        for holder in holders
        for name, words in names.items()
        if name in holder
    ]
    return f" ({', '.join(bounds)})" if bounds else ""


def _values(values: list[Any]) -> str:
    return ", ".join(f"`{json.dumps(value)}`" for value in values)


def _type(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return the type in words, with a link if it is a message of its own."""
    alternatives = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    of_values = schema.get("additionalProperties")
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        words = f"[{name}](#{name.lower()})" if name in schemas else name
    elif alternatives:
        words = " or ".join(dict.fromkeys(_type(part, schemas) for part in alternatives))
    elif "const" in schema or "enum" in schema:
        words = _values(schema.get("enum") or [schema["const"]])
    elif schema.get("type") == "array":
        words = f"list of {_type(schema.get('items', {}), schemas)}"
    elif isinstance(of_values, dict):
        words = f"object of {_type(of_values, schemas)}"
    else:
        words = str(schema.get("type", "any"))
    return words
