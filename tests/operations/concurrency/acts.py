"""What is done to a few people, act by act: two at a time are let at one another in `test_interleaved`."""

from __future__ import annotations

from functools import partial

from tests.operations.concurrency.world import FORMER, FREE, LATELY, OMAR, TOKEN, TWIN, World
from tests.operations.conftest import LAYLA, MONEY
from tests.support.dynamodb.interleaving import Act


def of_people(w: World) -> dict[str, Act]:
    """What is done to them in the ordinary course of things."""
    fact, office, till = w.fact, w.office, partial(w.send, "POST")
    linked = partial(fact, "provider_id.linked")
    session = f"/checkout/sessions/{w.session}/identify"
    again = f"/checkout/sessions/{w.identified}/identify"
    return {
        "a top-up": lambda: fact("balance.topped_up", LAYLA, amount_minor=40, **MONEY),
        "a name": lambda: fact("customer.registered", LAYLA, name="Leila"),
        "another's provider id": lambda: linked(LAYLA, provider_customer_id="pos-t"),
        "her second provider id, for another": lambda: linked(OMAR, provider_customer_id="pos-l2"),
        "a new provider id": lambda: linked(OMAR, provider_customer_id="pos-new"),
        "the same new provider id": lambda: linked(LAYLA, "2026-11-03T10:00:00Z", provider_customer_id="pos-new"),
        "a release": lambda: fact("promo.released", LAYLA, grant_id="g-1"),
        "a purchase, put right": lambda: fact(
            "purchase.completed", LAYLA, purchase_id="p-1", amount_minor=900, **MONEY
        ),
        "shut off": lambda: fact("customer.disabled", LAYLA),
        "a stranger at a free number": lambda: fact("balance.topped_up", FREE, amount_minor=9, **MONEY),
        "a stranger at a former number": lambda: fact("balance.topped_up", FORMER, LATELY, amount_minor=8, **MONEY),
        "what is late at a former number": lambda: fact("balance.topped_up", FORMER, amount_minor=7, **MONEY),
        "her name corrected": lambda: office("PATCH", w.layla, name="Layla H."),
        "her phone corrected, to a free one": lambda: office("PATCH", w.layla, phone=FREE),
        "Omar's phone corrected, to a free one, and back": lambda: [
            w.send("PATCH", f"/customers/{w.omar}", {"phone": each}, office=True, key="back") for each in (FREE, OMAR)
        ],
        "Omar's phone corrected, to the former one, and back": lambda: [
            w.send("PATCH", f"/customers/{w.omar}", {"phone": each}, office=True, key="back") for each in (FORMER, OMAR)
        ],
        "the twin's phone corrected, to a free one": lambda: office("PATCH", w.twin, phone=FREE),
        "her phone corrected, to a former one": lambda: office("PATCH", w.layla, phone=FORMER),
        "back to the former phone": lambda: office("PATCH", w.omar, phone=FORMER),
        "another link to verify": lambda: office("PATCH", w.twin, phone=TWIN),
        "and yet another": lambda: w.send("PATCH", f"/customers/{w.twin}", {"phone": TWIN}, office=True, key="2"),
        "the twin merged into her": lambda: office("POST", w.layla, "/merge", absorbed_customer_id=w.twin),
        "she merged into Omar": lambda: office("POST", w.omar, "/merge", absorbed_customer_id=w.layla),
        "she erased": lambda: office("DELETE", w.layla),
        "the twin's erasure put off": lambda: w.put_off(w.twin),
        "put off by another request": lambda: w.put_off(w.twin, "another"),
        "the twin settled and erased": lambda: [
            fact("balance.settled", TWIN, amount_minor=500, **MONEY),
            w.send("DELETE", f"/customers/{w.twin}", office=True, key="settled"),
        ],
        "an event": lambda: till(f"/customers/{LAYLA}/events", {"event_type": "check_in"}),
        "a session identified": lambda: till(session, {"phone": LAYLA}),
        "a session identified as the twin": lambda: till(session, {"phone": TWIN}),
        "a session identified again": lambda: till(again, {"phone": LAYLA, "events": [{"event_type": "check_in"}]}),
        "the button pressed": lambda: till(f"/verifications/{TOKEN}"),
        "an export": lambda: office("GET", w.layla, "/export")[0],
        "her sums brought up to date": lambda: w.derive(w.layla),
        "a purchase counted": lambda: w.derive(w.layla, "purchase#p-1"),
    }


def of_merging(w: World) -> dict[str, Act]:
    """While the twin's history is on its way to her."""
    fact, office = w.fact, w.office
    return {
        "her top-up": lambda: fact("balance.topped_up", LAYLA, amount_minor=40, **MONEY),
        "a purchase of the twin's, put right": lambda: fact(
            "purchase.completed", TWIN, purchase_id="p-1", amount_minor=900, **MONEY
        ),
        "another purchase of the twin's": lambda: fact(
            "purchase.completed", TWIN, purchase_id="p-9", amount_minor=90, **MONEY
        ),
        "a purchase of the twin's counted anew": lambda: w.derive(w.twin, "purchase#p-1"),
        "a purchase of the twin's counted": lambda: w.derive(w.twin, "purchase#p-2"),
        "her sums brought up to date": lambda: w.derive(w.layla),
        "the twin's sums brought up to date": lambda: w.derive(w.twin),
        "the twin's name": lambda: fact("customer.registered", TWIN, LATELY, name="Leila"),
        "her phone corrected": lambda: office("PATCH", w.layla, phone=FREE),
        "the twin set free": lambda: office("POST", w.layla, "/unmerge", absorbed_customer_id=w.twin),
        "the twin's money": lambda: fact("balance.topped_up", TWIN, amount_minor=70, **MONEY),
        "a name for the twin's id": lambda: office("PATCH", w.twin, name="The Twin"),
        "both merged into Omar": lambda: office("POST", w.omar, "/merge", absorbed_customer_id=w.layla),
        "an event": lambda: w.send("POST", f"/customers/{TWIN}/events", {"event_type": "check_in"}),
    }


def of_waiting(w: World) -> dict[str, Act]:
    """While the twin's erasure waits."""
    fact, office = w.fact, w.office
    return {
        "the wait ended": lambda: w.step("settle"),
        "a top-up": lambda: fact("balance.topped_up", TWIN, amount_minor=40, **MONEY),
        "the money settled": lambda: fact("balance.settled", TWIN, amount_minor=500, **MONEY),
        "erased by another request": lambda: w.put_off(w.twin, "another"),
        "the phone corrected": lambda: office("PATCH", w.twin, phone=FREE),
        "merged into her": lambda: office("POST", w.layla, "/merge", absorbed_customer_id=w.twin),
    }


def of_erased(w: World) -> dict[str, Act]:
    """While what is left of her, and of the twin whom she had absorbed, is swept."""
    fact, linked = w.fact, partial(w.fact, "provider_id.linked")
    steps: dict[str, Act] = {f"{each} swept": partial(w.step, each) for each in ("history", "aliases", "copies")}
    return {
        **steps,
        "late money": lambda: fact("balance.topped_up", LAYLA, amount_minor=40, **MONEY),
        "a late purchase": lambda: fact("purchase.completed", LAYLA, purchase_id="p-1", amount_minor=900, **MONEY),
        "late preferences": lambda: fact("preferences.updated", LAYLA, preferences={"milk": "oat"}),
        "somebody new at her number": lambda: fact("customer.registered", LAYLA, LATELY, name="Noor"),
        "her provider id, another's": lambda: linked(OMAR, LATELY, provider_customer_id="pos-l1"),
        "a purchase counted": lambda: w.derive(w.layla, "purchase#p-1"),
        "her sums brought up to date": lambda: w.derive(w.layla),
        "a last look for who came back": lambda: w.step("erase again"),
    }


def of_deleted(w: World) -> dict[str, Act]:
    """While what is left of a wallet is removed."""
    told = partial(w.fact, about=LAYLA, at=LATELY)
    steps: dict[str, Act] = {f"{each} swept": partial(w.step, each) for each in ("history", "aliases", "copies")}
    return {
        **steps,
        "a late release": lambda: told("promo.released", grant_id="g-9"),
        "late money": lambda: w.fact("balance.topped_up", LAYLA, amount_minor=40, **MONEY),
        "money at the number": lambda: told("balance.topped_up", amount_minor=41, **MONEY),
        "somebody new at the number": lambda: told("customer.registered", name="Noor"),
        "the sums brought up to date": lambda: w.derive(w.wallet),
        "a last look for who came back": lambda: w.step("erase again"),
    }


def of_swept(w: World) -> dict[str, Act]:
    """Once all is swept, and before it is sealed."""
    return {**of_erased(w), "the seal": lambda: w.step("seal")}
