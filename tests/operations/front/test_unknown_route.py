"""A route that is no operation: a 404 in the envelope, whatever the Authorization header says."""

from __future__ import annotations

import pytest

from tests.support.http.gateway import call


@pytest.mark.parametrize("token", ["Bearer ey.ey.ey", "Basic dTpw", "AWS4-HMAC-SHA256 Credential=x", None])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/customers/lookups"), ("POST", "/openapi"), ("PUT", "/identify"), ("POST", "/no/such/thing")],
)
def test_it_is_a_404_in_the_envelope(method: str, path: str, token: str | None) -> None:
    reply = call(method, path, "phone=%2B97455003344", headers={"Authorization": token} if token else None, body={})
    assert (reply.status, reply.body["error"]["code"], reply.body["data"]) == (404, "NOT_FOUND", None)
    assert reply.headers["X-Request-Id"] == reply.body["meta"]["request_id"]
    assert "55003344" not in reply.text


def test_an_operation_is_never_taken_for_one() -> None:
    assert call("GET", "/openapi").status == 200
