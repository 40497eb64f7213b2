"""Calls operations through the client that openapi-generator made: `call.py PLAN` with the client in the folder."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import openapi_client as client  # type: ignore[import-not-found]
from openapi_client.exceptions import ApiException  # type: ignore[import-not-found]

configuration = client.Configuration(host=os.environ["API"])
apis = [value for name, value in vars(client).items() if name.endswith("Api")]


def snake(name: str) -> str:
    return re.sub(r"\W", "_", name).lower()


for step in json.loads(Path(sys.argv[1]).read_text()):
    configuration.access_token = step["token"]
    api = next(each for each in apis if hasattr(each, step["name"]))(client.ApiClient(configuration))
    arguments = {snake(name): value for name, value in step["arguments"].items()}
    if "from" in arguments:
        arguments["var_from"] = arguments.pop("from")
    if step["body"] is not None:
        shape = getattr(client, step["shape"])
        arguments[snake(re.sub(r"(?<!^)(?=[A-Z])", "_", step["shape"]))] = shape.from_dict(step["body"])
    # A page, and a redirect that the client follows, have no model.
    raw = step["raw"]
    call = getattr(api, step["name"] + ("_without_preload_content" if raw else "_with_http_info"))
    try:
        answer = call(**arguments)
        status = answer.status if raw else answer.status_code
        modelled = raw or answer.data is not None
    except ApiException as error:
        status, modelled = f"{error.status} {error.body}", False
    print(json.dumps([step["name"], status, modelled]))
