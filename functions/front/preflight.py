"""A browser asks before it lets a POS page of another origin call the API."""

from customers.edge.http.preflight import preflight

handler = preflight()
