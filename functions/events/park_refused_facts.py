"""Consumes the dead-letter queue of facts: puts each message into its enterprise's list, or the operator's."""

import os

from customers.edge.messaging.parking import parking
from customers.store.refused_facts.refused_facts import RefusedFacts
from customers.wire.facts.refused_facts import enterprise_in, read_refused_fact, without_person
from customers.wire.facts.sources import speakers

codec = (enterprise_in, read_refused_fact, without_person)
refused_facts = RefusedFacts.connect(codec, speakers(os.environ["SOURCE_ENTERPRISES"]))

handler = parking("park_refused_facts", refused_facts.keep)
