"""The edge: makes Lambda handlers, from an event to a typed call, and from a result or a refusal to the answer."""
