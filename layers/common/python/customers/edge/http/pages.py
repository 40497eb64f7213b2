"""HTML pages for people, in place of the envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from customers.edge.http.serve import Event, Handler, Response
from customers.wire.http.accept import prefers_html
from customers.wire.http.request import Request


def with_pages(
    handler: Handler, page: Callable[[int], str | None], headers: Mapping[str, str], *, always: bool = False
) -> Handler:
    """A handler whose answers, also refusals and failures, become the page for their status.

    Without a page, and for callers whose `Accept` does not prefer HTML, the answer does not change; with `always`
    those callers get pages too.
    """

    def shown(event: Event, context: object) -> Response:
        response = handler(event, context)
        html = page(response["statusCode"])
        if html is None or not (always or prefers_html(Request(headers=event.get("multiValueHeaders")))):
            return response
        return {**response, "headers": {**response["headers"], **headers}, "body": html}

    return shown
