"""A till at a prompt: type a phone to look it up, "in PHONE" to check somebody in, nothing to leave.

API=https://…/v1/partner TOKEN=… python till.py
"""

import os
import sys

from customers_till import CustomersError, Journal, Money, PhoneError, Recorder, TillClient, normalise_phone

till = TillClient(os.environ["API"], token=lambda: os.environ["TOKEN"])
recorder = Recorder(till, Journal(os.environ.get("JOURNAL", "till.journal")))


def show(answer):
    data, customer = answer.data, answer.data["customer"]
    if customer is None:
        print("New here? Register this customer.")
        return
    balance = customer["balance"]
    print(f"Welcome, {customer['name'] or 'guest'}! [{customer['badge']}]")
    print("  to spend:", Money(balance["spendable_minor"], balance["currency"]))
    if (waiting := data["unclaimed_cashback"]) and waiting["amount_minor"]:
        print("  waiting:", Money(waiting["amount_minor"], waiting["currency"]), "until", waiting["expires_at"])


for line in sys.stdin:
    words = line.split(maxsplit=1)
    if not words:
        break
    try:
        if words[0] == "in":
            recorder.record(normalise_phone(words[1]), {"event_type": "check_in"})
            report = recorder.flush()
            print(f"Checked in. Sent {report.sent}, waiting {report.waiting}.")
        else:
            till.lookup(normalise_phone(line), deliver=show)
    except PhoneError as error:
        print("That is no phone:", error)
    except CustomersError as error:
        print("No answer:", type(error).__name__, getattr(error, "request_id", None) or "")
