"""TypeScript types of the public protocol, derived from the message models' JSON Schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from web.messages import PUBLISHED

TARGET = Path(__file__).parent / "frontend" / "shared" / "protocol.ts"
HEADER = "/** Generated from web/messages/ by `make protocol`; never edited by hand. */\n"


def type_of(schema: dict[str, Any]) -> str:
    """The TypeScript type of one JSON Schema node as pydantic writes it."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "anyOf" in schema:
        return " | ".join(type_of(part) for part in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            return "readonly [" + ", ".join(type_of(part) for part in schema["prefixItems"]) + "]"
        return f"readonly ({type_of(schema['items'])})[]"
    if kind == "object":
        value = type_of(schema["additionalProperties"])
        keys = schema.get("propertyNames")
        return f"Partial<Record<{type_of(keys)}, {value}>>" if keys else f"Record<string, {value}>"
    simple = {"integer": "number", "number": "number", "string": "string", "boolean": "boolean", "null": "null"}
    return simple[str(kind)]


def interface(name: str, schema: dict[str, Any], sent_by_server: bool) -> str:
    """One exported interface; what the server always writes is never optional, defaults or not."""
    required = set(schema.get("required", ()))
    lines = []
    for field, node in schema.get("properties", {}).items():
        optional = "" if field in required or sent_by_server else "?"
        lines.append(f"  readonly {field}{optional}: {type_of(node)};")
    described = schema.get("description", "")
    comment = "/** " + " ".join(described.split()) + " */\n" if described else ""
    return f"{comment}export interface {name} {{\n" + "\n".join(lines) + "\n}\n"


def render() -> str:
    """The whole of protocol.ts."""
    _, written = models_json_schema([(model, "serialization") for model in PUBLISHED])
    parts = []
    for name, schema in written["$defs"].items():
        from_client = name.endswith("Request") or name in {"CommandOnly", "ConsoleCommand", "Document"}
        parts.append(interface(name, schema, sent_by_server=not from_client))
    return HEADER + "\n" + "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the file, or with --check say whether it is up to date (exit 1 when it has drifted)."""
    if "--check" not in arguments:
        TARGET.write_text(render(), encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") == render():
        return 0
    print(f"{TARGET.name} has drifted from web/messages/: run `make protocol`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
