"""Consumes the dead-letter queue of facts: puts each message into its enterprise's list, or the operator's."""

from customers.edge.messaging.parking import parking
from customers.store.refused_facts.refused_facts import RefusedFacts
from customers.wire.facts.refused_facts import enterprise_in, read_refused_fact, without_person

refused_facts = RefusedFacts.connect(enterprise_in, read_refused_fact, without_person)

handler = parking("park_refused_facts", refused_facts.keep)
