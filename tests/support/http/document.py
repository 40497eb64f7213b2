"""The OpenAPI page of all operations that are built, made once in a process: that takes a second."""

from __future__ import annotations

from customers.edge.http.openapi.document import openapi
from tests.support.http.operations import BUILT

DOCUMENT = openapi(BUILT)
