"""The wire: the exact shapes of requests, answers, facts and events."""
