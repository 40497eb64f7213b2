"""The Lambda authorizer: identifies the caller before any operation runs."""

import os

from customers.edge.auth.authorize import authorizer
from customers.edge.auth.issuers import trusted_issuers
from customers.store.registry import Registry

handler = authorizer(issuers=trusted_issuers(os.environ), scope=Registry.connect().scope)
