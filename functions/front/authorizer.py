"""The Lambda authorizer: identifies the caller before any operation runs."""

import os

from customers.edge.auth.authorize import authorizer
from customers.edge.auth.jwks import trusted_keys
from customers.store.registry import Registry

handler = authorizer(
    find_key=trusted_keys(url=os.environ["JWKS_URL"], inline=os.environ["JWKS"]),
    issuer=os.environ["ISSUER"],
    scope=Registry.connect().scope,
)
