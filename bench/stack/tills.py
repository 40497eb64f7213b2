"""A hundred tills that look customers up at once: calls a second and how long one takes, with the client that is
shipped and with botocore's.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import requests

from bench.stack.shop import Shop, percentile, until
from tests.support.stack.own_stack import client

TILLS = 100
SECONDS = 15.0
PHONE = "+97433001122"
LOOKUP = "/customers/lookup?phone=%2B97433001122"
CLIENTS = (("botocore's client", "botocore"), ("the lean client", "")) * 2
"""By turns: the machine has other things to do."""
HANDLERS = ("lookup.lookup.handler", "front.authorizer.handler")


def measure(stack: dict[str, Any]) -> list[str]:
    """Prints a table. There is no bound: on one machine the emulator and the tills are most of it."""
    shop = Shop(stack)
    shop.put([shop.fact("customer.registered", PHONE, name="Layla Hassan")])
    until(lambda: shop.get(LOOKUP).json()["data"]["customer"])
    print(f"\n{f'{TILLS} tills at once':34}{'a second':>12}{'p50':>10}{'p95':>11}")
    for name, kind in CLIENTS:
        _use(stack, kind)
        _run(shop, 3.0)
        took = _run(shop, SECONDS)
        print(f"  {name:32}{len(took) / SECONDS:>12,.0f}{percentile(took, 50):>10}{percentile(took, 95):>11}")
    _use(stack, "")
    return []


def _run(shop: Shop, seconds: float) -> list[float]:
    """How long each call took."""
    end, took = time.monotonic() + seconds, list[float]()

    def till() -> None:
        with requests.Session() as session:
            while (began := time.monotonic()) < end:
                answer = shop.get(LOOKUP, session=session)
                if answer.status_code != 200:
                    raise RuntimeError(f"a lookup answered {answer.status_code}")
                took.append(time.monotonic() - began)

    threads = [threading.Thread(target=till) for _ in range(TILLS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return took


def _use(stack: dict[str, Any], kind: str) -> None:
    """Have lookup and authorizer use a client of DynamoDB: botocore's, or the one that is shipped."""
    functions = client(stack, "lambda")
    pages = functions.get_paginator("list_functions").paginate()
    for each in [each for page in pages for each in page["Functions"] if each["Handler"] in HANDLERS]:
        variables = {**each["Environment"]["Variables"], "DYNAMODB_CLIENT": kind}
        functions.update_function_configuration(FunctionName=each["FunctionName"], Environment={"Variables": variables})
