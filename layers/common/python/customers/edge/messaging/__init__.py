"""From queue, stream and workflow messages to typed calls and back."""
