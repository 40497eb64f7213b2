"""Runs every minute: looks a made-up customer up and asks the gateway without a token. Alarm: CanaryFailsAlarm."""

import os

from customers.edge.canary import watching
from customers.store.aws.invocation import Invocation

handler = watching("canary", Invocation.connect().run, os.environ["API_URL"])
