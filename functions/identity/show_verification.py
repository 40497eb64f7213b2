"""GET /verifications/{token}: a page with a button. Programs open links too, so opening it changes nothing."""

from customers.catalogue.identity import SHOW_VERIFICATION
from customers.edge.http.pages import with_pages
from customers.edge.http.serve import Answer
from customers.edge.http.serve_public import serve_public
from customers.wire.identity.verification_pages import CONFIRM_PAGE, PAGE_HEADERS

showing = serve_public(SHOW_VERIFICATION, lambda _visit: Answer({}))

handler = with_pages(showing, {200: CONFIRM_PAGE}.get, PAGE_HEADERS, always=True)
