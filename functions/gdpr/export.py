"""GET /customers/{id}/export: all data of a customer, as a file to download."""

from dataclasses import replace
from functools import partial

from customers.catalogue.data_subject_rights import EXPORT
from customers.domain.export import URL_LIVES
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.aws.objects import Objects
from customers.store.export.export_service import ExportService
from customers.store.export.exports import object_key
from customers.wire.export.answer import ASK_AGAIN, PREPARING, export_data
from customers.wire.export.exported import files_of, manifest_of
from customers.wire.facts.refused_facts import read_refused_fact
from customers.wire.identifiers.by_customer import ByCustomer


def export(call: Call[ByCustomer], export_service: ExportService, objects: Objects) -> Answer:
    obtained = export_service.obtain(call.enterprise, call.request.customer_id, call.now, call.entry)
    profile, made = obtained.profile, obtained.export
    if made is None:
        answer = Answer(PREPARING, profile.completeness, 202, ASK_AGAIN)
        return replace(answer, job=obtained.job, noted=obtained.noted)
    link = objects.link(object_key(call.enterprise, profile.customer_id, made.id))
    answer = Answer(export_data(made, link, call.now + URL_LIVES), profile.completeness)
    return replace(answer, ids={"export_id": made.id}, noted=obtained.noted)


export_service = ExportService.connect(files_of, manifest_of, read_refused_fact)
exporting = partial(export, export_service=export_service, objects=Objects.connect())
handler = serve(EXPORT, exporting, ActivityLog.connect().note)
