"""The request for a shell, in Python and in TypeScript. `API` and `TOKEN` come from the environment."""

from __future__ import annotations

import json
import shlex
from typing import Any

from generate.samples.example import Example


def curl(example: Example) -> str:
    """With curl."""
    method = "" if example.method == "GET" else f"-X {example.method} "
    lines = [f'curl -s {method}"$API{example.address}"']
    if example.needs_token:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    lines += [f'-H "{name}: {value}"' for name, value in example.headers.items()]
    if example.body is not None:
        lines.append("-d " + shlex.quote(json.dumps(example.body, ensure_ascii=False)))
    return " \\\n  ".join(lines)


def python(example: Example) -> str:
    """With the standard library."""
    headers = [f'"{name}": {json.dumps(value)}' for name, value in example.headers.items()]
    if example.needs_token:
        headers.insert(0, '"Authorization": "Bearer " + os.environ["TOKEN"]')
    lines = ["import os", "from urllib.request import Request, urlopen", ""]
    data = ""
    if example.body is not None:
        lines.insert(0, "import json")
        lines.append("body = " + _literal(example.body))
        data = "    data=json.dumps(body).encode(),\n"
    lines += [
        "request = Request(",
        f'    os.environ["API"] + "{example.address}",',
        data + f'    method="{example.method}",',
        *(["    headers={", *(f"        {each}," for each in headers), "    },"] if headers else []),
        ")",
        "with urlopen(request) as response:",
        "    print(response.status, response.read().decode())",
    ]
    return "\n".join(lines)


def _literal(value: Any, indent: str = "") -> str:
    """As Python writes it, one item a line."""
    inner = indent + "    "
    match value:
        case dict():
            items = "".join(f"{inner}{json.dumps(name)}: {_literal(each, inner)},\n" for name, each in value.items())
            return f"{{\n{items}{indent}}}"
        case list():
            items = "".join(f"{inner}{_literal(each, inner)},\n" for each in value)
            return f"[\n{items}{indent}]"
        case bool() | None:
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def typescript(example: Example) -> str:
    """With fetch, for Node.js 20 or newer."""
    headers = [f"    {json.dumps(name)}: {json.dumps(value)}," for name, value in example.headers.items()]
    if example.needs_token:
        headers.insert(0, "    Authorization: `Bearer ${process.env.TOKEN}`,")
    lines = [f"const response = await fetch(`${{process.env.API}}{example.address}`, {{"]
    lines.append(f'  method: "{example.method}",')
    if headers:
        lines += ["  headers: {", *headers, "  },"]
    if example.body is not None:
        body = json.dumps(example.body, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        lines.append(f"  body: JSON.stringify({body}),")
    lines += ["});", "console.log(response.status, await response.text());", "export {};"]
    return "\n".join(lines)
