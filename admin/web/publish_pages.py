"""Put the web pages into the stack's bucket, with what they must know of the stack. CloudFront serves them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from commands.pages import CACHING, KINDS, PAGES, content
from commands.pages import files as served

LOGIN = ("authorize", "token", "client", "scope")


def options(parser: argparse.ArgumentParser) -> None:
    """Another identity provider than the stack's own user pool."""
    parser.add_argument("--login", type=Path, help="a JSON file with the provider's authorize, token, client and scope")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """Publish, and say where."""
    described = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    sandbox = {"ParameterKey": "Sandbox", "ParameterValue": "true"} in described.get("Parameters", [])
    count = publish(stack.client("s3"), outputs, chosen.login, sandbox=sandbox)
    print(f"{count} files. The console: {outputs['WebDomain']}/console/")
    return 0


def publish(objects: Any, outputs: Mapping[str, str], login: Path | None, *, sandbox: bool = False) -> int:
    """How many files are in the bucket now. Raises `Refusal` if the stack lacks the bucket, or people a sign-in.

    Files that are no longer there are deleted last, so that no page misses what it loads.
    """
    bucket = outputs.get("WebBucket")
    if bucket is None:
        raise Refusal("The stack has no bucket for pages: deploy it with the parameter Web=true")
    files = {str(each.relative_to(PAGES)): content(each) for each in served()}
    files["config.json"] = json.dumps(config(outputs, login, sandbox=sandbox), indent=2).encode()
    # Pages after what they load.
    for name in sorted(files, key=lambda each: (each.endswith(".html"), each)):
        objects.put_object(
            Bucket=bucket, Key=name, Body=files[name], ContentType=KINDS[Path(name).suffix], CacheControl=CACHING
        )
    pages = objects.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    for old in [each["Key"] for page in pages for each in page.get("Contents", []) if each["Key"] not in files]:
        objects.delete_object(Bucket=bucket, Key=old)
    return len(files)


def config(outputs: Mapping[str, str], login: Path | None, *, sandbox: bool) -> dict[str, object]:
    """What the pages ask for as `/config.json`. Raises `Refusal` if nobody could sign in.

    Only a stack with a sandbox lets its reference page send requests.
    """
    return {"api": "/v1/partner", "sandbox": sandbox, "login": _login(outputs, login)}


def _login(outputs: Mapping[str, str], login: Path | None) -> dict[str, object]:
    if login is not None:
        named: dict[str, object] = json.loads(login.read_text())
        if lacking := [each for each in LOGIN if not named.get(each)]:
            raise Refusal(f"{login} has no {lacking[0]}")
        return named
    if "PeopleLogin" not in outputs:
        raise Refusal("Who signs people in? Deploy with UserPool=true, or name a provider with LOGIN=login.json")
    base = outputs["PeopleLogin"]
    return {
        "authorize": f"{base}/oauth2/authorize",
        "token": f"{base}/oauth2/token",
        "logout": f"{base}/logout",
        "client": outputs["ConsoleClient"],
        "scope": "openid",
    }
