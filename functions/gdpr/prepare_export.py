"""The task of the export workflow: builds an export that is too long for a request."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from customers.edge.messaging.workflow_task import step
from customers.store.export.export_builder import ExportBuilder
from customers.wire.export.exported import files_of, manifest_of
from customers.wire.facts.refused_facts import read_refused_fact


def prepare(given: Mapping[str, str], now: datetime, builder: ExportBuilder) -> str:
    return builder.carry_out(given["enterprise"], given["customer_id"], given["job"], now)


builder = ExportBuilder.connect(files_of, manifest_of, read_refused_fact)
handler = step("prepare_export", partial(prepare, builder=builder))
