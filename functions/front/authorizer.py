"""The Lambda authorizer: identifies the caller before any operation runs."""

import os

from customers.edge.auth.authorize import authorizer
from customers.edge.auth.smoke_key import all_trusted
from customers.store.registry import Registry

handler = authorizer(issuers=all_trusted(os.environ), scope=Registry.connect().scope)
