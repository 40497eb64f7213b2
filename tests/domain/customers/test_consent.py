"""Purposes of consent: a refusal is `false` of the positive form, and nothing else."""

from __future__ import annotations

import pytest

from customers.domain.customers.consent import positive_form, require_purposes
from customers.domain.refusals import ValidationError


@pytest.mark.parametrize(
    ("purpose", "positive"),
    [
        ("do_not_contact", "contact"),
        ("do-not-contact", "contact"),
        ("Do Not Contact", "contact"),
        ("doNotContact", "contact"),
        ("DO_NOT_CONTACT", "contact"),
        ("donotcontact", ""),
        ("dont_call", "call"),
        ("don't_call", "call"),
        ("don’t call me", "call"),
        ("no_marketing", "marketing"),
        ("noSms", "sms"),
        ("NO-SMS", "sms"),
        ("marketing_no_calls", "marketing_calls"),
        ("no", ""),
        ("marketing_opt_out", "marketing"),
        ("marketingOptOut", "marketing"),
        ("opted_out_of_sms", "sms"),
        ("optout", ""),
        ("opt-out", ""),
        ("sms_optedout", "sms"),
        ("unsubscribed", ""),
        ("unsubscribed_from_newsletter", "newsletter"),
        ("newsletter_unsubscribe", "newsletter"),
        ("never_call", "call"),
        ("marketing_refused", "marketing"),
        ("sms_is_declined", "sms"),
        ("stop_sms", "sms"),
        ("block_email", "email"),
        ("not_for_marketing", "marketing"),
        ("ｄｏ＿ｎｏｔ＿ｃａｌｌ", "call"),
        ("dnc", ""),
    ],
)
def test_a_refusal_is_recognised_however_it_is_written(purpose: str, positive: str) -> None:
    assert positive_form(purpose) == positive
    with pytest.raises(ValidationError, match="consent: holds a purpose that is worded as a refusal"):
        require_purposes([purpose])


@pytest.mark.parametrize(
    "purpose",
    [
        "marketing",
        "marketing_sms",
        "notifications",
        "notes",
        "north_branch",
        "newsletter_no",
        "non_essential_cookies",
        "nordic_news",
        "novelties",
        "sms_opt_in",
        "opt_in",
        "eat_out",
        "outdoor",
        "subscribed",
        "dotted",
        "contact",
        "one_stop_offers",
        "road_block_alerts",
        "nota_fiscal",
        "knots",
        "القهوة",
        "マーケティング",
        "c",
    ],
)
def test_what_is_allowed_is_taken(purpose: str) -> None:
    assert positive_form(purpose) is None
    require_purposes([purpose])


@pytest.mark.parametrize("purpose", ["", " ", "\u200b"])
def test_a_purpose_has_a_name(purpose: str) -> None:
    with pytest.raises(ValidationError, match="without a name"):
        require_purposes(["marketing", purpose])


@pytest.mark.parametrize(
    ("purpose", "named"),
    [("do_not_contact", "contact"), ("no calls to Layla", "marketing"), ("do_not_call_33001122", "marketing")],
)
def test_the_reason_names_the_positive_form_and_nothing_personal(purpose: str, named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        require_purposes([purpose])
    assert f"e.g. {named}: true if it is allowed, false if it is refused" in refused.value.issue
    assert purpose not in refused.value.issue
