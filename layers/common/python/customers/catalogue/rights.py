"""A person's rights: export and erasure."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, Operation

EXPORT: Operation[None] = Operation(
    "export", "GET", "/customers/{id}/export", "preview", ADMIN, "Everything held, as a file.", "customer:EXPORT"
)
ERASE: Operation[None] = Operation(
    "erase", "DELETE", "/customers/{id}", "preview", ADMIN, "Erase, state-aware.", "customer:DELETE"
)
