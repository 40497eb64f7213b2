"""The client of a till."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from customers_till import lookup, patience
from customers_till.http import Http, Wanted
from customers_till.lookup import LookupAnswer, Lookups
from customers_till.types import Answer, CustomerContext, EventBody, EventData, Include, SessionContext, SessionData


class TillClient:
    """Speaks for one till. Call it from any thread.

    `base_url` ends with `/v1/partner`. `token` gives a till's token: it is called for the first request, a minute
    before the token ends, and once when the service refuses it. `deadline` is a lookup's, in seconds.

    Every method raises `NetworkError`, `DeadlineExceeded`, `TokenError` or an `ApiError`. What writes is sent again
    under the same key until its answer is there, so it has one effect.
    """

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str],
        *,
        deadline: float = lookup.DEADLINE,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._http = Http(base_url, token, ssl_context)
        self._lookups = Lookups(self._http, deadline)

    def __enter__(self) -> TillClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the current lookup and the kept connections. The client can still be used."""
        self._lookups.cancel()
        self._http.close()

    def lookup(
        self,
        phone: str | None = None,
        provider_customer_id: str | None = None,
        *,
        include: Iterable[Include] = (),
        deadline: float | None = None,
        deliver: Callable[[LookupAnswer], None] | None = None,
    ) -> LookupAnswer:
        """Identifies the customer at the counter: see `Lookups.lookup`."""
        return self._lookups.lookup(phone, provider_customer_id, include=include, deadline=deadline, deliver=deliver)

    def cancel_lookup(self) -> None:
        """Ends the current lookup, if there is one. Its answer is never delivered."""
        self._lookups.cancel()

    def identify(self, phone: str | None = None, provider_customer_id: str | None = None) -> Answer[CustomerContext]:
        """Identifies a customer where no session is open."""
        return self._send(Wanted("POST", "/identify", body=_who(phone, provider_customer_id)))

    def open_session(
        self, basket_reference: str | None = None, events: Sequence[EventBody] = (), *, key: str | None = None
    ) -> Answer[SessionData]:
        """Opens an anonymous checkout session. A `key` of your own makes a later repetition harmless."""
        body = _given({"basket_reference": basket_reference, "events": list(events) or None})
        return self._send(Wanted("POST", "/checkout/sessions", body=body, key=key or new_key()))

    def identify_session(
        self,
        session_id: str,
        phone: str | None = None,
        provider_customer_id: str | None = None,
        *,
        events: Sequence[EventBody] = (),
        key: str | None = None,
    ) -> Answer[SessionContext]:
        """Attaches a customer to an open session, for good. For a stranger the session stays as it was."""
        body = {**_who(phone, provider_customer_id), **_given({"events": list(events) or None})}
        path = f"/checkout/sessions/{quote(session_id, safe='')}/identify"
        return self._send(Wanted("POST", path, body=body, key=key or new_key()))

    def read_session(self, session_id: str) -> Answer[SessionData]:
        """Reads a session with its customer. No lookup is needed."""
        return self._send(Wanted("GET", f"/checkout/sessions/{quote(session_id, safe='')}"))

    def record_event(
        self, phone: str, event: EventBody, *, key: str | None = None, deadline: float = patience.DEADLINE
    ) -> Answer[EventData]:
        """Records a non-purchase event now. `Recorder` keeps it on disk instead, until the service has it."""
        path = f"/customers/{quote(phone, safe='')}/events"
        return self._send(Wanted("POST", path, body=dict(event), key=key or new_key()), deadline)

    def _send(self, wanted: Wanted, deadline: float = patience.DEADLINE) -> Answer[Any]:
        return patience.send(self._http, wanted, deadline)


def new_key() -> str:
    """A key for a new request."""
    return str(uuid.uuid4())


def _who(phone: str | None, provider_customer_id: str | None) -> dict[str, Any]:
    return _given({"phone": phone, "provider_customer_id": provider_customer_id})


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
