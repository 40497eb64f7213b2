/** The answers, as `/openapi` describes them. A test compares the two. Expect further fields. */

export type Status = "registered" | "pending_proof" | "not_found";
export type Badge = "new" | "regular" | "vip" | "lapsed";

export interface ErrorDetail {
  field: string;
  issue: string;
}

/** Both in minor units of `currency`. */
export interface Balance {
  spendable_minor: number;
  locked_promo_minor: number;
  currency: string;
}

export interface Customer {
  name: string | null;
  phone: string;
  state: "VERIFIED" | "PENDING_PROOF";
  member_since: string | null;
  balance: Balance;
  activity: {
    lifetime_spend_minor: number;
    visit_count: number;
    visit_count_last_90d: number;
    last_visit_at: string | null;
  };
  badge: Badge;
}

/** Where nothing waits (any more), the amount is 0 and `expires_at` null. */
export interface UnclaimedCashback {
  amount_minor: number;
  currency: string;
  expires_at: string | null;
}

export interface BadgeReason {
  badge: Badge;
  rule: string;
  measures: Record<string, number>;
  thresholds: Record<string, number>;
  gaps: Record<string, Record<string, number>>;
}

export interface LookupData {
  /** Decide by this what to show. A stranger is `not_found`, and no error. */
  status: Status;
  customer: Customer | null;
  /** The money that waits until the customer verifies the phone; with `pending_proof` only. */
  unclaimed_cashback: UnclaimedCashback | null;
  badge_reason?: BadgeReason | null;
  preferences?: Record<string, unknown> | null;
  branch_id: string | null;
  fetched_at: string;
}

/** The answer of identify; it contains nothing that could move money. */
export interface CustomerContext {
  status: Status;
  customer_id: string | null;
  customer: Customer | null;
  unclaimed_cashback: UnclaimedCashback | null;
  branch_id: string | null;
  fetched_at: string;
}

export interface SessionContext extends CustomerContext {
  session_id: string;
  identified_at: string | null;
  merged_event_ids: string[];
}

export type EventType = "check_in" | "survey_response" | "loyalty_card_scan" | "feedback";

/** A non-purchase event. */
export interface EventBody {
  event_type: EventType;
  attributes?: Record<string, unknown>;
  /** RFC 3339; the moment of its arrival unless told. */
  occurred_at?: string;
}

export interface RecordedEvent {
  event_id: string;
  event_type: EventType;
  attributes: Record<string, unknown>;
  customer_id: string;
  branch_id: string | null;
  occurred_at: string;
  recorded_at: string;
}

export interface EventData {
  status: Status;
  /** Null for a stranger: nothing is stored about them. */
  event: RecordedEvent | null;
}

export interface SessionData {
  session_id: string;
  status: "anonymous" | "identified_in_session";
  opened_at: string;
  expires_at: string;
  branch_id: string;
  basket_reference: string | null;
  events: { event_id: string; event_type: EventType; occurred_at: string }[];
  identified_at: string | null;
  /** The customer, once the session is identified: no lookup is needed. */
  context: CustomerContext | null;
}
