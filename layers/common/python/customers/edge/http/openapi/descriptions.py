"""What fields and schemas mean that are named alike everywhere: where a type says nothing itself, this is published."""

from __future__ import annotations

from typing import Any

FIELDS = {
    "absorbed_customer_id": "The id of the customer who was merged into the other one. It leads to the survivor.",
    "activity_id": "The id of this entry.",
    "amount_minor": "In minor units of `currency`.",
    "api_version": "The date of this version of the API. It changes only when callers must change.",
    "availability": "`beta`, `planned`, `preview` or `folded`: what may change, and how it is announced.",
    "badge": "Null for a stranger.",
    "basket_reference": "The till's own name for the order, if it gave one.",
    "branch_id": "The branch of the caller's token; null if it has none.",
    "currency": "ISO 4217.",
    "customer": "Null for a stranger.",
    "customer_id": "Our id of the customer. It stays the same when the phone or the name changes. Null for a stranger.",
    "details": "One entry for each field to mend.",
    "erased_at": "When the person was erased for all readers; null while the erasure waits.",
    "erasure_id": "The id of the erasure; null if there is none.",
    "event_id": "Our id of the event.",
    "events": "In the order in which they were published, customer by customer.",
    "exports": "Notes of exports.",
    "expires_at": "When it expires; null: never.",
    "export_id": "The id of the export; null if there is none.",
    "fetched_at": "When the data was read.",
    "grant_id": "The id that the promotion's domain gave to the grant.",
    "granted_at": "When it was granted.",
    "last_visit_at": "When the last completed purchase was; null without one.",
    "lifetime_spend_minor": "Net of refunds, at least 0, in minor units.",
    "limits": "What requests may contain at most.",
    "measures": "The customer's figures that the rules look at; null for a stranger.",
    "member_since": "When the customer registered or verified the phone for the first time; null before that.",
    "merged_at": "When the two customers were merged.",
    "method": "The HTTP method.",
    "name": "As other domains or a correction stated it; null if nobody did.",
    "new_customers": "Customers first known on this day; null for a single branch.",
    "occurred_at": "When it happened, as its sender says.",
    "opened_at": "When the session was opened.",
    "operations": "All operations, mounted or not.",
    "path": "Below the host, with the names of its variables.",
    "phone": "In E.164.",
    "preferences": "As other domains reported them; null for a stranger.",
    "promo_grants": "Grants of promotional credit, open or closed.",
    "provider_ids": "Statements that link a POS provider's id to the customer.",
    "recorded_at": "When we recorded it.",
    "refunded_minor": "The sum of these refunds, in minor units; null for a single branch.",
    "refunds": "Refunds on this day; null for a single branch.",
    "refused_at": "When we refused it.",
    "refused_fact_id": "The id of this entry.",
    "request_id": "The `meta.request_id` of the request.",
    "requested_at": "When it was requested.",
    "said_at": "When it was said.",
    "session_id": "The id of the checkout session.",
    "size_bytes": "Of the file.",
    "spend_minor": "The sum of these purchases, gross: before refunds. In minor units.",
    "status": "As a lookup of this customer shows it.",
    "subject": "The `sub` of the caller's token.",
    "thresholds": "The enterprise's thresholds of the badges; null for a stranger.",
    "unclaimed_cashback": "The money that waits until the customer verifies the phone; with `pending_proof` only.",
    "verification": "Requests to verify the phone.",
    "verification_id": "The id of the request to verify the phone.",
    "vip_lifetime_spend_minor": "The spend in all from which a customer is `vip`, in minor units.",
    "vip_visits_90d": "The visits in 90 days from which a customer is `vip`.",
    "regular_visits": "The visits in all from which a customer is `regular`.",
    "visit_count": "Completed purchases, ever.",
    "visit_count_last_90d": "Completed purchases in the last 90 days.",
    "visits": "Completed purchases on this day.",
    "when": "In which case to use it.",
}
OWN = {
    "BadgesData.new": "Customers with the badge `new`.",
    "BadgesData.regular": "Customers with the badge `regular`.",
    "BadgesData.vip": "Customers with the badge `vip`.",
    "Counts.sessions": "Checkout sessions in which the customer was identified.",
    "OperationData.name": "The operation's name.",
    "RefusedFactEntry.occurred_at": "When it happened, if the fact says so.",
}
SCHEMAS = {
    "AbsorbedCustomer": "A customer who was merged into this one.",
    "ActivityData": "The customer's visits and spend.",
    "Badge": "Show an unknown one as text.",
    "BadgeRule": "The rule that gave the badge.",
    "Balance": "Both classes of money, in minor units of `currency`. Only what is spendable can be spent.",
    "ContextCustomer": "A customer as an administrator sees them.",
    "Customer": "A customer as a till sees them.",
    "CustomerState": "Whether the phone is proven. A disabled customer is shown to administrators only.",
    "Detail": "A field to mend, and why.",
    "DayOfVisits": "A day with a visit.",
    "Error": "Decide by `code`.",
    "ErrorCode": "Treat an unknown code by the HTTP status.",
    "EventType": "`GET /capabilities` lists them with their attributes.",
    "FoundCustomer": "A customer in a list of found ones.",
    "Measures": "The customer's figures that the rules look at.",
    "Meta": "About the answer itself.",
    "OpenGrant": "Promotional credit that is locked.",
    "OperationToUse": "Another operation, in place of this one.",
    "Preview": "What an erasure would do. Nothing is changed.",
    "RecordedEvent": "A recorded non-purchase event.",
    "RequestedVerification": "A link that is on its way to the new phone.",
    "SessionEvent": "An event of a session.",
    "Status": "Decide by this what to show. A stranger is `not_found`, and no error.",
    "ThresholdsData": "From which figures on a customer has a badge.",
    "UnclaimedCashback": "Where nothing waits any more, the amount is 0 and `expires_at` null.",
}
KINDS = {
    "Envelope": "What every answer looks like: `data` or `error`, and `meta`.",
    "Data": "What the operation answers.",
    "Answer": "What the operation answers.",
    "Entry": "One entry of a list.",
}
"""By how their names end."""


def describe(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas with a description of each, and of each field that is no reference."""
    return {name: _described(name, schema) for name, schema in schemas.items()}


def _described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    fields = {each: _field(f"{name}.{each}", each, field) for each, field in schema.get("properties", {}).items()}
    described = {**schema, "properties": fields} if fields else schema
    kinds = (text for end, text in KINDS.items() if name.endswith(end))
    about = schema.get("description") or SCHEMAS.get(name) or next(kinds, None)
    return {**described, "description": about} if about else described


def _field(place: str, name: str, field: dict[str, Any]) -> dict[str, Any]:
    about = OWN.get(place) or FIELDS.get(name)
    # A reference is described by what it refers to.
    return field if "description" in field or "$ref" in field or not about else {**field, "description": about}
