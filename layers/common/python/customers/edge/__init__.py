"""The hall: from an HTTP event to a typed call, and from an answer or a refusal to the envelope."""
