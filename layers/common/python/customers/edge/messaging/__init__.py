"""Makes the handlers of queues, streams and workflow tasks."""
