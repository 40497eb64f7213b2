"""A hundred tills that look customers up at once: calls a second and how long one takes, with the client that is
shipped and with botocore's.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from bench.stack.shop import Shop, percentile, until
from tests.support.stack.own_stack import client

TILLS = 100
WARM_UP, SECONDS = 10.0, 15.0
PHONE = "+97433001122"
LOOKUP = "/customers/lookup?phone=%2B97433001122"
CLIENTS = (("botocore's client", "botocore"), ("the lean client", "")) * 2
"""By turns: the machine has other things to do."""
HANDLERS = ("lookup.lookup.handler", "front.authorizer.handler")


@dataclass
class Run:
    """How long each good answer took, in seconds, and how many were none."""

    took: list[float] = field(default_factory=list)
    failed: int = 0


def measure(stack: dict[str, Any]) -> list[str]:
    """Prints a table. There is no bound: on one machine the emulator and the tills themselves are most of it."""
    shop, missed = Shop(stack), list[str]()
    shop.put([shop.fact("customer.registered", PHONE, name="Layla Hassan")])
    until(lambda: shop.get(LOOKUP).json()["data"]["customer"])
    print(f"\n{f'{TILLS} tills at once':34}{'a second':>12}{'p50':>10}{'p95':>11}{'failed':>9}")
    for name, kind in CLIENTS:
        _use(stack, kind)
        # The emulator starts up to a hundred processes, and as many calls wait for them.
        _run(shop, WARM_UP)
        run = _run(shop, SECONDS)
        middle, late = (percentile(run.took, share) for share in (50, 95))
        print(f"  {name:32}{len(run.took) / SECONDS:>12,.0f}{middle:>10}{late:>11}{run.failed:>9}")
        missed += [f"{run.failed} lookups failed with {name}"] if run.failed else []
    return missed


def _run(shop: Shop, seconds: float) -> Run:
    end, run = time.monotonic() + seconds, Run()

    def till() -> None:
        with requests.Session() as session:
            while (began := time.monotonic()) < end:
                if shop.get(LOOKUP, session=session).status_code == 200:
                    run.took.append(time.monotonic() - began)
                else:
                    run.failed += 1

    threads = [threading.Thread(target=till) for _ in range(TILLS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return run


def _use(stack: dict[str, Any], kind: str) -> None:
    """Have lookup and authorizer use a client of DynamoDB: botocore's, or the one that is shipped."""
    functions = client(stack, "lambda")
    pages = functions.get_paginator("list_functions").paginate()
    for each in [each for page in pages for each in page["Functions"] if each["Handler"] in HANDLERS]:
        variables = {**each["Environment"]["Variables"], "DYNAMODB_CLIENT": kind}
        functions.update_function_configuration(FunctionName=each["FunctionName"], Environment={"Variables": variables})
