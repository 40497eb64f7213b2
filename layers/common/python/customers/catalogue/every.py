"""All operations. `/capabilities`, `/openapi`, `docs/operations.md` and the contract tests read them."""

from __future__ import annotations

from typing import Any

from customers.catalogue.admin import CONTEXT, SEARCH, STATS
from customers.catalogue.changes import CHANGES
from customers.catalogue.data_subject_rights import ACTIVITY, ERASE, ERASURE, ERASURES, EXPORT
from customers.catalogue.duplicates import DUPLICATES, NOT_THE_SAME
from customers.catalogue.events import RECORD_EVENT
from customers.catalogue.facts import REFUSED_FACTS
from customers.catalogue.front import CAPABILITIES, OPENAPI
from customers.catalogue.identity import CORRECT, FOLDED_IDENTIFY, IDENTIFY, MERGE, SHOW_VERIFICATION, UNMERGE, VERIFY
from customers.catalogue.operation import Operation
from customers.catalogue.sessions import IDENTIFY_SESSION, OPEN_SESSION, READ_SESSION
from customers.catalogue.till.badge_reason import BADGE_REASON
from customers.catalogue.till.lookup import LOOKUP
from customers.catalogue.till.preferences import PREFERENCES
from customers.catalogue.till.summary_cached import SUMMARY_CACHED

OPERATIONS: tuple[Operation[Any], ...] = (
    LOOKUP,
    FOLDED_IDENTIFY,
    PREFERENCES,
    SUMMARY_CACHED,
    SEARCH,
    STATS,
    BADGE_REASON,
    RECORD_EVENT,
    CONTEXT,
    EXPORT,
    ERASE,
    CORRECT,
    MERGE,
    UNMERGE,
    DUPLICATES,
    NOT_THE_SAME,
    ERASURES,
    ERASURE,
    REFUSED_FACTS,
    CHANGES,
    ACTIVITY,
    IDENTIFY,
    OPEN_SESSION,
    IDENTIFY_SESSION,
    READ_SESSION,
    SHOW_VERIFICATION,
    VERIFY,
    CAPABILITIES,
    OPENAPI,
)
