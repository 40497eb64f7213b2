"""Answers that a person looks at: a page in place of the envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from customers.edge.http.serve import Event, Handler, Response
from customers.wire.http.accept import prefers_html
from customers.wire.http.request import Request


def with_pages(
    handler: Handler, page: Callable[[int], str | None], headers: Mapping[str, str], *, always: bool = False
) -> Handler:
    """A handler whose answers, refusals and failures too, are shown as the page for their status.

    Where there is no page, and for callers whose `Accept` does not ask for one, the answer stays what it is; `always`
    shows pages to those too.
    """

    def shown(event: Event, context: object) -> Response:
        response = handler(event, context)
        told = page(response["statusCode"])
        if told is None or not (always or prefers_html(Request(headers=event.get("multiValueHeaders")))):
            return response
        return {**response, "headers": {**response["headers"], **headers}, "body": told}

    return shown
