"""Which grant an end means: its part's own, else the one that was granted first of those with its id in all parts.

Each part's rows say what was stated of it alone. What crosses parts is worked out from them at each read and at each
change, so that an end is matched anew whenever a grant comes late, and whenever customers become one or two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from customers.domain.customers.profile import Profile
from customers.domain.facts.grants.grant import Grant, LooseEnd


def meant(grants: Iterable[Grant], grant_id: str, scope: str) -> Grant | None:
    """The grant that an end means which names a part; None if no part has such a grant."""
    named = [grant for grant in grants if grant.grant_id == grant_id]
    own = (grant for grant in named if grant.scope == scope)
    return next(own, None) or min(named, key=_first, default=None)


def settled(grants: Iterable[Grant], loose_ends: Iterable[LooseEnd]) -> dict[str, Grant]:
    """The grants of a customer by key, each with all ends that mean it. All grants of the ids are needed.

    Where the part has the grant, the grant has the part's ends already. An import may bring more grants at once than a
    transaction has room to take their loose ends away.
    """
    by_key = {grant.key: grant for grant in grants}
    by_id = defaultdict[str, list[Grant]](list)
    for grant in by_key.values():
        by_id[grant.grant_id].append(grant)
    for end in loose_ends:
        named = by_id.get(end.grant_id, [])
        if named and all(grant.scope != end.scope for grant in named):
            first = min(named, key=_first)
            by_key[first.key] = by_key[first.key].ended(end)
    return by_key


def concerned(
    grants: Mapping[str, Grant], loose_ends: Iterable[LooseEnd], changed: Grant | LooseEnd
) -> Iterable[Grant]:
    """The grants whose ends may be others than before, after a change of one: all of its id if ends of it are loose."""
    if any(end.grant_id == changed.grant_id for end in loose_ends):
        return (grant for grant in grants.values() if grant.grant_id == changed.grant_id)
    return [grants[changed.key]] if changed.key in grants else []


def with_changed(profile: Profile, before: Mapping[str, Grant], after: Mapping[str, Grant]) -> Profile:
    """A profile whose sums have some grants as they were `before`, with the grants as they are `after`."""
    balance_minor, locked = profile.balance_minor, profile.locked
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        if was and was.open:
            locked = locked.with_grant(-was.amount_minor, was.expires_at)
        if now and now.open:
            locked = locked.with_grant(now.amount_minor, now.expires_at)
        balance_minor += _released(now) - _released(was)
    return replace(profile, balance_minor=balance_minor, locked=locked)


def _released(grant: Grant | None) -> int:
    return grant.amount_minor if grant and grant.was_released else 0


def _first(grant: Grant) -> str:
    return grant.first_granted
