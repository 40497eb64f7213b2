"""The template says what the catalogue says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from customers.catalogue.every import OPERATIONS
from customers.domain.export import OBJECT_LIVES, URL_LIVES
from customers.domain.facts.account import Transaction
from customers.domain.facts.fact import EventOrder
from customers.edge.auth.tokens import MAX_LENGTH
from customers.edge.http.capabilities import LIMITS, RETENTION_DAYS
from customers.edge.messaging.queue_consumer import MAX_TRIES
from customers.store.events.outbox import OUTBOX
from customers.store.events.outbox_publisher import SOURCE
from customers.store.records.transaction_rows import transaction_row
from customers.wire.events.published import PUBLISHED
from customers.wire.http.envelope import API_VERSION
from tests.support.gateway import BASE, routes
from tests.support.tables import ROOT, template

RESOURCES: dict[str, Any] = template()["Resources"]
OUTPUTS: dict[str, Any] = template()["Outputs"]
API = RESOURCES["Api"]["Properties"]
FUNCTIONS = {
    name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == "AWS::Serverless::Function"
}
PHONES = ("sns:Publish", "anything but arn:${AWS::Partition}:sns:*:*:*")
STATUSES = {
    "UNAUTHORIZED": (401, "INVALID_API_KEY"),
    "ACCESS_DENIED": (403, "FORBIDDEN"),
    "MISSING_AUTHENTICATION_TOKEN": (404, "NOT_FOUND"),
    "RESOURCE_NOT_FOUND": (404, "NOT_FOUND"),
    "INVALID_SIGNATURE": (404, "NOT_FOUND"),
    "REQUEST_TOO_LARGE": (413, "PAYLOAD_TOO_LARGE"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "VALIDATION_ERROR"),
    "THROTTLED": (429, "RATE_LIMITED"),
    "QUOTA_EXCEEDED": (429, "RATE_LIMITED"),
    "AUTHORIZER_FAILURE": (503, "UPSTREAM_UNAVAILABLE"),
    "INTEGRATION_FAILURE": (503, "UPSTREAM_UNAVAILABLE"),
    "INTEGRATION_TIMEOUT": (503, "UPSTREAM_UNAVAILABLE"),
    "DEFAULT_4XX": (None, "VALIDATION_ERROR"),
    "DEFAULT_5XX": (None, "INTERNAL_ERROR"),
}


def _deployed(path: str) -> str:
    """API Gateway allows one variable name per level."""
    return BASE + re.sub(r"/customers/\{\w+\}", "/customers/{customer}", path)


def test_every_built_operation_has_its_route_and_no_other_has() -> None:
    declared = {
        (each.method, _deployed(each.path), f"{each.door}.handler", not each.callers)
        for each in OPERATIONS
        if each.door
    }
    assert {(each.method, each.path, each.handler, each.public) for each in routes()} == declared


def test_an_operation_is_named_once() -> None:
    names = [each.name for each in OPERATIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_handler_can_be_found(name: str) -> None:
    module, _, function = FUNCTIONS[name]["Handler"].rpartition(".")
    assert function == "handler"
    assert (ROOT / "functions" / (module.replace(".", "/") + ".py")).is_file()


@pytest.mark.parametrize("kind", STATUSES)
def test_every_refusal_of_the_gateway_is_in_the_envelope(kind: str) -> None:
    response = API["GatewayResponses"][kind]
    status, code = STATUSES[kind]
    body = json.loads(response["ResponseTemplates"]["application/json"])
    assert response.get("StatusCode") == status
    assert (body["ok"], body["data"], body["error"]["code"]) == (False, None, code)
    assert body["meta"] == {
        "request_id": "$context.requestId",
        "idempotency_replayed": False,
        "api_version": API_VERSION,
        "data_completeness_score": None,
    }
    headers = response["ResponseParameters"]["Headers"]
    assert headers["X-Request-Id"] == "context.requestId"
    assert ("Retry-After" in headers) == (status in (429, 503))


def test_no_refusal_of_the_gateway_is_forgotten() -> None:
    assert set(API["GatewayResponses"]) == set(STATUSES)


def _statements(function: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for policy in function.get("Policies", []):
        statement = policy["Statement"]
        found += statement if isinstance(statement, list) else [statement]
    return found


def _grants(name: str) -> set[tuple[str, str]]:
    """Every action and resource that a function's own role allows. Phones are no resources: `anything but` topics."""
    pairs = set()
    for statement in _statements(FUNCTIONS[name]):
        if "NotResource" in statement:
            pairs.add((statement["Action"], f"anything but {statement['NotResource']['Sub']}"))
            continue
        actions, resources = statement["Action"], statement["Resource"]
        for action in actions if isinstance(actions, list) else [actions]:
            for resource in resources if isinstance(resources, list) else [resources]:
                pairs.add((action, str(next(iter(resource.values())))))
    return pairs


def test_a_lookup_may_read_one_row_and_nothing_else() -> None:
    assert _grants("LookupFunction") == {
        ("dynamodb:GetItem", "CustomersTable.Arn"),
        ("dynamodb:Query", "${CustomersTable.Arn}/index/by_provider_id"),
    }


@pytest.mark.parametrize("name", ["PreferencesFunction", "SummaryCachedFunction", "BadgeReasonFunction"])
def test_who_reads_by_phone_may_read_one_row_and_nothing_else(name: str) -> None:
    assert _grants(name) == {("dynamodb:GetItem", "CustomersTable.Arn")}


def test_the_context_may_read_what_is_kept_of_customers_and_change_nothing() -> None:
    assert _grants("ContextFunction") == {
        ("dynamodb:GetItem", "CustomersTable.Arn"),
        ("dynamodb:GetItem", "RecordsTable.Arn"),
        ("dynamodb:Query", "RecordsTable.Arn"),
        ("dynamodb:Query", "${RecordsTable.Arn}/index/by_expiry"),
    }


def test_a_search_may_read_the_index_and_those_whom_it_names_and_nothing_else() -> None:
    assert _grants("SearchFunction") == {
        ("dynamodb:Query", "DerivedTable.Arn"),
        ("dynamodb:BatchGetItem", "CustomersTable.Arn"),
    }


def test_who_pages_has_the_secret_that_seals_cursors_and_nobody_else_has() -> None:
    holders = {
        name: secret["Sub"]
        for name, each in FUNCTIONS.items()
        if (secret := each.get("Environment", {}).get("Variables", {}).get("CURSOR_SECRET"))
    }
    assert holders == dict.fromkeys(["SearchFunction", "ContextFunction"], "{{resolve:secretsmanager:${CursorSecret}}}")
    secret = RESOURCES["CursorSecret"]["Properties"]
    assert secret["GenerateSecretString"]["PasswordLength"] >= 43
    assert "SecretString" not in secret


def test_who_looks_for_a_number_that_cannot_be_read_has_the_secret_for_it_and_nobody_else_has() -> None:
    holders = {
        name: secret["Sub"]
        for name, each in FUNCTIONS.items()
        if (secret := each.get("Environment", {}).get("Variables", {}).get("PSEUDONYM_SECRET"))
    }
    operations = ["CorrectFunction", "EraseFunction", "MergeFunction", "VerifyFunction", "FoldFactsFunction"]
    sweeping = [name for name in SWEEPING if name != "CapabilitiesFunction"]
    names = [*operations, "SettleErasureFunction", "EraseAgainFunction", *sweeping]
    assert holders == dict.fromkeys(names, "{{resolve:secretsmanager:${PseudonymSecret}}}")
    secret = RESOURCES["PseudonymSecret"]["Properties"]
    assert secret["GenerateSecretString"]["PasswordLength"] >= 43
    assert "SecretString" not in secret


def test_who_records_events_may_add_to_the_records_and_change_no_customer() -> None:
    assert _grants("RecordEventFunction") == {
        ("dynamodb:GetItem", "CustomersTable.Arn"),
        ("dynamodb:GetItem", "RecordsTable.Arn"),
        ("dynamodb:ConditionCheckItem", "CustomersTable.Arn"),
        ("dynamodb:PutItem", "RecordsTable.Arn"),
        ("dynamodb:GetItem", "ReceiptsTable.Arn"),
        ("dynamodb:PutItem", "ReceiptsTable.Arn"),
    }


BY_EITHER_ADDRESS = {
    ("dynamodb:GetItem", "CustomersTable.Arn"),
    ("dynamodb:Query", "${CustomersTable.Arn}/index/by_provider_id"),
}


def test_who_identifies_without_a_session_may_read_one_row_and_nothing_else() -> None:
    assert _grants("IdentifyFunction") == BY_EITHER_ADDRESS


def test_who_opens_a_session_may_add_one_and_read_no_customer() -> None:
    assert _grants("OpenSessionFunction") == {
        ("dynamodb:PutItem", "SessionsTable.Arn"),
        ("dynamodb:GetItem", "ReceiptsTable.Arn"),
        ("dynamodb:PutItem", "ReceiptsTable.Arn"),
    }


def test_who_identifies_a_session_may_add_to_the_records_and_change_no_customer() -> None:
    assert _grants("IdentifySessionFunction") == BY_EITHER_ADDRESS | {
        ("dynamodb:BatchGetItem", "SessionsTable.Arn"),
        ("dynamodb:BatchGetItem", "RecordsTable.Arn"),
        ("dynamodb:ConditionCheckItem", "CustomersTable.Arn"),
        ("dynamodb:PutItem", "SessionsTable.Arn"),
        ("dynamodb:GetItem", "RecordsTable.Arn"),
        ("dynamodb:PutItem", "RecordsTable.Arn"),
        ("dynamodb:GetItem", "ReceiptsTable.Arn"),
        ("dynamodb:PutItem", "ReceiptsTable.Arn"),
    }


def test_who_reads_a_session_may_read_and_change_nothing() -> None:
    assert _grants("ReadSessionFunction") == {
        ("dynamodb:BatchGetItem", "SessionsTable.Arn"),
        ("dynamodb:BatchGetItem", "RecordsTable.Arn"),
        ("dynamodb:GetItem", "CustomersTable.Arn"),
    }


@pytest.mark.parametrize("name", ["SessionsTable", "ReceiptsTable"])
def test_what_holds_something_of_a_person_for_a_while_can_be_found_by_them(name: str) -> None:
    (index,) = RESOURCES[name]["Properties"]["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["KeySchema"][0]["AttributeName"]) == ("by_customer", "customer_key")
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_an_operation_takes_an_idempotency_key_exactly_if_it_may_write() -> None:
    """Whatever may write may keep receipts, so that a retry does it no second time. A form in a browser has no key:
    what it sends is good for once by itself."""
    functions = {each.handler: each.function for each in routes()}
    for operation in OPERATIONS:
        if operation.door and operation.callers:
            grants = _grants(functions[f"{operation.door}.handler"])
            writes = any(
                action in ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem") for action, _ in grants
            )
            # A GET is repeated at will: an export makes a file, or gives the one that it has made.
            assert operation.writes == (writes and operation.method != "GET"), operation.name
            assert operation.writes == (("dynamodb:PutItem", "ReceiptsTable.Arn") in grants), operation.name


def test_who_erases_may_count_what_there_is_and_write_what_its_transaction_does() -> None:
    assert _grants("EraseFunction") == {
        *(("dynamodb:GetItem", f"{each}Table.Arn") for each in ("Customers", "Records", "Receipts", "Erasures")),
        *(("dynamodb:PutItem", f"{each}Table.Arn") for each in ("Customers", "Records", "Receipts", "Erasures")),
        *(("dynamodb:DeleteItem", f"{each}Table.Arn") for each in ("Customers", "Records", "Erasures")),
        ("dynamodb:ConditionCheckItem", "CustomersTable.Arn"),
        ("dynamodb:BatchGetItem", "RecordsTable.Arn"),
        ("dynamodb:Query", "RecordsTable.Arn"),
        ("dynamodb:Query", "${ReceiptsTable.Arn}/index/by_customer"),
        ("dynamodb:Query", "${SessionsTable.Arn}/index/by_customer"),
    }


def test_the_authorizer_may_read_the_registry_and_nothing_else() -> None:
    assert _grants("AuthorizerFunction") == {("dynamodb:BatchGetItem", "EnterprisesTable.Arn")}


def test_the_fold_may_do_what_its_transactions_do_and_nothing_else() -> None:
    actions = {action for action, resource in _grants("FoldFactsFunction") if resource == "CustomersTable.Arn"}
    assert actions == {f"dynamodb:{each}" for each in ("GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem")}


SETTLING = {
    *(
        ("dynamodb:BatchGetItem", f"{table}.Arn")
        for table in ("CustomersTable", "RecordsTable", "DerivedTable", "EnterprisesTable")
    ),
    *((f"dynamodb:{verb}Item", "DerivedTable.Arn") for verb in ("Put", "Update", "Delete")),
    ("dynamodb:UpdateItem", "RecordsTable.Arn"),
}


def test_who_derives_may_write_what_is_derived_and_note_what_is_counted() -> None:
    assert _grants("DeriveFunction") == SETTLING | {
        ("sqs:SendMessage", "ChangesQueue.Arn"),
        ("sqs:SendMessage", "OverdrawnQueue.Arn"),
    }
    assert _grants("DeriveAgainFunction") == SETTLING | {
        ("dynamodb:Query", "DerivedTable.Arn"),
        ("sqs:ChangeMessageVisibility", "ChangesQueue.Arn"),
        ("sqs:SendMessage", "ChangesQueue.Arn"),
        ("sqs:SendMessage", "DeadChangesQueue.Arn"),
    }


def test_who_has_customers_settled_again_may_say_so_and_nothing_else() -> None:
    assert _grants("ResettleFunction") == {("sqs:SendMessage", "ChangesQueue.Arn")}


def test_stats_may_read_what_is_derived_and_nothing_else() -> None:
    assert _grants("StatsFunction") == {("dynamodb:Query", "DerivedTable.Arn")}


def test_who_watches_balances_may_read_them_and_watch_on() -> None:
    assert _grants("WatchBalancesFunction") == {
        ("dynamodb:BatchGetItem", "CustomersTable.Arn"),
        ("dynamodb:BatchGetItem", "RecordsTable.Arn"),
        ("sqs:SendMessage", "OverdrawnQueue.Arn"),
    }


OBJECTS = "${ExportsBucket.Arn}/*"
EXECUTIONS = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${ExportWorkflow.Name}:*"
MAKING_EXPORTS = {
    ("dynamodb:GetItem", "CustomersTable.Arn"),
    *((f"dynamodb:{verb}", "RecordsTable.Arn") for verb in ("GetItem", "Query", "ConditionCheckItem", "PutItem")),
    *((f"s3:{verb}", OBJECTS) for verb in ("PutObject", "AbortMultipartUpload", "DeleteObject")),
}


def test_who_makes_exports_may_read_write_files_and_note_them_and_nothing_else() -> None:
    assert _grants("PrepareExportFunction") == MAKING_EXPORTS
    assert _grants("ExportFunction") == MAKING_EXPORTS | {
        ("s3:GetObject", OBJECTS),
        ("states:StartExecution", "ExportWorkflow"),
        ("states:DescribeExecution", EXECUTIONS),
    }


NOTING = {
    ("dynamodb:GetItem", "ErasuresTable.Arn"),
    ("dynamodb:UpdateItem", "ErasuresTable.Arn"),
    ("dynamodb:Query", "RecordsTable.Arn"),
}
BY_CUSTOMER = {
    ("dynamodb:Query", f"${{{table}.Arn}}/index/by_customer")
    for table in ("ReceiptsTable", "SessionsTable", "VerificationsTable")
}
LISTING = {(f"s3:{verb}", "ExportsBucket.Arn") for verb in ("ListBucketVersions", "ListBucketMultipartUploads")}
LOOKING_THROUGH = {
    ("dynamodb:GetItem", "RecordsTable.Arn"),
    ("dynamodb:GetItem", "EnterprisesTable.Arn"),
    ("sqs:ReceiveMessage", "DeadFactsQueue.Arn"),
    ("sqs:ChangeMessageVisibility", "DeadFactsQueue.Arn"),
    ("sqs:GetQueueAttributes", "DeadFactsQueue.Arn"),
}
SWEEPING = {
    "SweepHistoryFunction": NOTING
    | SETTLING
    | {(f"dynamodb:{verb}Item", "RecordsTable.Arn") for verb in ("Get", "Put", "Delete", "ConditionCheck")}
    | {(f"dynamodb:{verb}Item", "CustomersTable.Arn") for verb in ("Get", "Delete")}
    | {("dynamodb:DeleteItem", "VerificationsTable.Arn")},
    "SweepCopiesFunction": NOTING
    | SETTLING
    | BY_CUSTOMER
    | {("dynamodb:DeleteItem", f"{table}Table.Arn") for table in ("Receipts", "Sessions", "Verifications")},
    "SweepFilesFunction": NOTING
    | LISTING
    | {(f"s3:{verb}", OBJECTS) for verb in ("DeleteObject", "DeleteObjectVersion", "AbortMultipartUpload")},
    "SweepLettersFunction": NOTING
    | LOOKING_THROUGH
    | {("sqs:SendMessage", "DeadFactsQueue.Arn"), ("sqs:DeleteMessage", "DeadFactsQueue.Arn")},
    # It takes nothing away: it looks, and signs.
    "SealErasureFunction": NOTING
    | BY_CUSTOMER
    | LISTING
    | LOOKING_THROUGH
    | {("dynamodb:BatchGetItem", "RecordsTable.Arn"), ("dynamodb:BatchGetItem", "DerivedTable.Arn")}
    | {("kms:Sign", "ReceiptsKey.Arn"), ("kms:GetPublicKey", "ReceiptsKey.Arn")},
    "FailErasureFunction": {("dynamodb:UpdateItem", "ErasuresTable.Arn")},
    "CapabilitiesFunction": {("kms:GetPublicKey", "ReceiptsKey.Arn")},
}


@pytest.mark.parametrize("name", SWEEPING)
def test_who_sweeps_after_an_erasure_may_do_its_own_part_and_nothing_else(name: str) -> None:
    assert _grants(name) == SWEEPING[name]


def test_every_erasure_starts_its_workflow() -> None:
    (rule,) = WORKFLOWS["ErasureWorkflow"]["Events"].values()
    told = rule["Properties"]
    assert told["Pattern"] == {
        "source": ["customers"],
        "detail-type": ["customer.erased", "customer.erasure_escalated"],
    }
    assert told["InputPath"] == "$.detail"
    assert told["DeadLetterConfig"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_role_holds_a_wildcard(name: str) -> None:
    for action, resource in _grants(name) - {PHONES}:
        assert "*" not in action
        assert not resource.endswith("*") or resource in (OBJECTS, EXECUTIONS)


@pytest.mark.parametrize("name", ["OpenapiFunction", "FoldedIdentifyFunction", "ShowVerificationFunction"])
def test_what_needs_no_data_may_touch_none(name: str) -> None:
    assert _grants(name) == set()


def test_a_policy_of_the_authorizer_is_cached_as_long_as_we_say() -> None:
    cached = API["Auth"]["Authorizers"]["Jwt"]["Identity"]["ReauthorizeEvery"]
    assert cached == LIMITS["branch_change_seen_after_seconds"]


def test_the_limits_that_we_publish_are_those_that_hold() -> None:
    assert LIMITS["token_bytes"] == MAX_LENGTH
    everywhere, *links = API["MethodSettings"]
    assert everywhere["ThrottlingRateLimit"] == LIMITS["requests_per_second"]
    assert everywhere["ThrottlingBurstLimit"] == LIMITS["request_burst"]
    for each in links:
        assert each["ThrottlingRateLimit"] == LIMITS["link_requests_per_second"]
        assert each["ThrottlingBurstLimit"] == LIMITS["link_request_burst"]
    assert RESOURCES["FactsQueue"]["Properties"]["MessageRetentionPeriod"] == RETENTION_DAYS["facts_waiting"] * 86400
    assert (
        RESOURCES["DeadFactsQueue"]["Properties"]["MessageRetentionPeriod"] == RETENTION_DAYS["facts_refused"] * 86400
    )


def test_whoever_tries_tokens_is_slowed_down() -> None:
    """What the gateway says of one method it says instead of what it says of all."""
    everywhere, *links = API["MethodSettings"]
    assert (everywhere["HttpMethod"], everywhere["ResourcePath"]) == ("*", "/*")
    paths = {(each.method, _deployed(each.path)) for each in OPERATIONS if each.path.startswith("/verifications")}
    assert {(each["HttpMethod"], each["ResourcePath"].replace("~1", "/")[1:]) for each in links} == paths
    assert all(set(each) == set(everywhere) for each in links)


def test_nothing_that_could_hold_a_phone_number_is_recorded_by_the_gateway() -> None:
    for settings in API["MethodSettings"]:
        assert settings["LoggingLevel"] == "OFF"
        assert settings["DataTraceEnabled"] is False
    assert "TracingEnabled" not in API
    access_log = str(API["AccessLogSetting"])
    assert "$context.path" not in access_log
    assert "$context.authorizer.principalId" not in access_log
    assert "querystring" not in access_log


QUEUES = {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == "AWS::SQS::Queue"}


@pytest.mark.parametrize("name", ["FactsQueue", "ChangesQueue", "OutboxQueue", "MergesQueue", "VerificationsQueue"])
def test_the_queue_gives_up_when_the_consumer_does(name: str) -> None:
    assert QUEUES[name]["RedrivePolicy"]["maxReceiveCount"] == MAX_TRIES


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_is_encrypted_and_keeps_messages_as_long_as_it_can(name: str) -> None:
    assert QUEUES[name]["SqsManagedSseEnabled"] is True
    assert QUEUES[name]["MessageRetentionPeriod"] == 14 * 86400


def test_a_balance_below_zero_is_watched_without_end() -> None:
    """Whoever gives up a message after so many tries would give up the customer."""
    assert "RedrivePolicy" not in QUEUES["OverdrawnQueue"]


def _sources(kind: str) -> list[tuple[str, dict[str, Any]]]:
    events = [(name, event) for name, each in FUNCTIONS.items() for event in each.get("Events", {}).values()]
    return [(name, event["Properties"]) for name, event in events if event["Type"] == kind]


def test_a_message_stays_hidden_for_six_times_as_long_as_its_function_may_take() -> None:
    for name, source in _sources("SQS"):
        queue = source["Queue"]["GetAtt"].removesuffix(".Arn")
        assert QUEUES[queue]["VisibilityTimeout"] >= 6 * FUNCTIONS[name]["Timeout"]
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_each_table_that_others_follow_is_followed() -> None:
    """DynamoDB lets two functions read a stream's shard; more would throttle each other."""
    followed: dict[str, set[str]] = {}
    for name, source in _sources("DynamoDB"):
        followed.setdefault(source["Stream"]["GetAtt"], set()).add(name)
    assert followed == {
        "CustomersTable.StreamArn": {"DeriveFunction"},
        "RecordsTable.StreamArn": {"DeriveFunction", "PublishOutboxFunction"},
        "EnterprisesTable.StreamArn": {"ResettleFunction"},
    }


def test_no_stream_stands_still_for_ever_and_none_skips_its_beginning() -> None:
    for _, source in _sources("DynamoDB"):
        assert source["StartingPosition"] == "TRIM_HORIZON"
        assert source["MaximumRecordAgeInSeconds"] == {"If": ["OnAws", 86400, 60]}
        assert source["BisectBatchOnFunctionError"] is True
        assert source["MaximumBatchingWindowInSeconds"] == 0


def _filter(function: str, table: str) -> Any:
    (source,) = [each for name, each in _sources("DynamoDB") if name == function and table in str(each["Stream"])]
    (pattern,) = source["FilterCriteria"]["Filters"]
    return json.loads(pattern["Pattern"])


def test_of_the_records_only_transactions_that_are_to_be_counted_wake_the_deriver() -> None:
    said = Transaction("purchase", "p-1", 700, None, EventOrder(datetime.now(UTC), "f-1"))
    uncounted = transaction_row("acme", "usr_1", said, None)["uncounted"]
    pattern = {"uncounted": {kind: [value] for kind, value in uncounted.items()}}
    assert _filter("DeriveFunction", "Records") == {"dynamodb": {"NewImage": pattern}}


def test_of_the_registry_only_settings_wake_who_has_customers_settled_again() -> None:
    assert _filter("ResettleFunction", "Enterprises") == {"dynamodb": {"Keys": {"sk": {"S": ["settings"]}}}}


def test_only_what_comes_into_an_outbox_wakes_the_publisher() -> None:
    assert _filter("PublishOutboxFunction", "Records") == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"sk": {"S": [{"prefix": OUTBOX}]}}},
    }


def test_who_publishes_may_empty_outboxes_and_put_events_and_nothing_else() -> None:
    publishing = {
        ("dynamodb:Query", "RecordsTable.Arn"),
        ("dynamodb:DeleteItem", "RecordsTable.Arn"),
        ("events:PutEvents", "FactsBus.Arn"),
    }
    assert _grants("PublishOutboxFunction") == publishing | {("sqs:SendMessage", "OutboxQueue.Arn")}
    assert _grants("PublishAgainFunction") == publishing | {
        ("sqs:ChangeMessageVisibility", "OutboxQueue.Arn"),
        ("sqs:SendMessage", "DeadOutboxQueue.Arn"),
    }


def test_who_sends_links_may_read_whom_to_and_add_links_and_write_to_phones_and_to_no_topic() -> None:
    assert _grants("SendVerificationFunction") == {
        ("dynamodb:BatchGetItem", "RecordsTable.Arn"),
        ("dynamodb:UpdateItem", "RecordsTable.Arn"),
        ("dynamodb:GetItem", "CustomersTable.Arn"),
        ("dynamodb:GetItem", "EnterprisesTable.Arn"),
        ("dynamodb:PutItem", "VerificationsTable.Arn"),
        ("sqs:ChangeMessageVisibility", "VerificationsQueue.Arn"),
        ("sqs:SendMessage", "DeadVerificationsQueue.Arn"),
        PHONES,
    }
    assert [name for name in FUNCTIONS if PHONES in _grants(name)] == ["SendVerificationFunction"]


def test_who_verifies_may_use_links_up_and_make_none() -> None:
    assert _grants("VerifyFunction") == {
        ("dynamodb:GetItem", "CustomersTable.Arn"),
        ("dynamodb:PutItem", "CustomersTable.Arn"),
        ("dynamodb:GetItem", "RecordsTable.Arn"),
        ("dynamodb:BatchGetItem", "RecordsTable.Arn"),
        ("dynamodb:PutItem", "RecordsTable.Arn"),
        ("dynamodb:DeleteItem", "RecordsTable.Arn"),
        ("dynamodb:GetItem", "VerificationsTable.Arn"),
        ("dynamodb:DeleteItem", "VerificationsTable.Arn"),
    }


def test_what_the_bus_hands_to_who_sends_links_is_what_is_published_for_them() -> None:
    (pattern,) = [RESOURCES["VerificationsRule"]["Properties"]["EventPattern"]]
    assert pattern == {"source": [SOURCE], "detail-type": ["customer.verification_requested"]}
    assert set(pattern["detail-type"]) <= set(PUBLISHED)


def test_the_links_lead_to_this_api_unless_a_domain_is_named() -> None:
    """The function is not behind the API, or the two would wait for each other."""
    function = FUNCTIONS["SendVerificationFunction"]
    assert {each["Type"] for each in function["Events"].values()} == {"SQS"}
    assert function["Environment"]["Variables"]["API_ID"] == {"Ref": "Api"}
    own = OUTPUTS["ApiUrl"]["Value"]["Sub"].replace("${Api}", "{api}")
    assert function["Environment"]["Variables"]["LINK_BASE"] == {
        "If": ["HasLinkBase", {"Ref": "LinkBase"}, {"Sub": own}]
    }


def test_a_balance_is_watched_from_a_minute_on() -> None:
    for name in ("DeriveFunction", "WatchBalancesFunction"):
        assert FUNCTIONS[name]["Environment"]["Variables"]["OVERDRAWN_SECONDS"] == "60"


WORKFLOWS = {
    name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == "AWS::Serverless::StateMachine"
}


def _definition(workflow: str) -> dict[str, Any]:
    definition: dict[str, Any] = yaml.safe_load((ROOT / WORKFLOWS[workflow]["DefinitionUri"]).read_text())
    return definition


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_run_its_own_functions_and_nothing_else(name: str) -> None:
    functions = WORKFLOWS[name]["DefinitionSubstitutions"]
    (policy,) = WORKFLOWS[name]["Policies"]
    assert policy["Statement"]["Action"] == "lambda:InvokeFunction"
    allowed = policy["Statement"]["Resource"]
    arns = [value for value in functions.values() if "GetAtt" in value]
    assert (allowed if isinstance(allowed, list) else [allowed]) == arns
    used = re.findall(r"\$\{(\w+)\}", str(_definition(name)))
    assert sorted(used) == sorted(functions)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_task_of_a_workflow_is_retried_and_then_fails_in_words_of_ours(name: str) -> None:
    """What a function's error says would stay in the history, where erasure does not reach."""
    definition = _definition(name)
    tasks = {state: each for state, each in definition["States"].items() if each["Type"] == "Task"}
    assert tasks
    for task in tasks.values():
        (retry,), (catch,) = task["Retry"], task["Catch"]
        assert retry["ErrorEquals"] == catch["ErrorEquals"] == ["States.ALL"]
        assert retry["MaxAttempts"] >= 3
        after = definition["States"][catch["Next"]]
        # Perhaps it is noted first that it failed.
        assert "Fail" in (after["Type"], definition["States"][after.get("Next", catch["Next"])]["Type"])


def test_a_task_is_given_up_after_its_function_is() -> None:
    function = FUNCTIONS["PrepareExportFunction"]
    assert _definition("ExportWorkflow")["States"]["Prepare"]["TimeoutSeconds"] > function["Timeout"]


BUCKETS = {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == "AWS::S3::Bucket"}


@pytest.mark.parametrize("name", BUCKETS)
def test_every_bucket_is_private_and_encrypted_and_forgets(name: str) -> None:
    bucket = BUCKETS[name]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", OBJECT_LIVES.days)
    assert RETENTION_DAYS["exports"] == OBJECT_LIVES.days
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": OBJECT_LIVES.days}
    # A deletion leaves nothing behind, and no log records a link.
    assert not {"VersioningConfiguration", "LoggingConfiguration"} & set(bucket)


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_of_an_account_takes_tls_only_and_no_link_that_lives_longer_than_ours(name: str) -> None:
    policy = RESOURCES[f"{name}Policy"]
    assert policy["Condition"] == "OnAws"
    tls, age = policy["Properties"]["PolicyDocument"]["Statement"]
    assert tls["Effect"] == age["Effect"] == "Deny"
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    milliseconds = str(int(URL_LIVES.total_seconds() * 1000))
    assert age["Condition"] == {"NumericGreaterThan": {"s3:signatureAge": milliseconds}}


TABLES = {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == "AWS::DynamoDB::Table"}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_encrypted_recoverable_and_protected_from_deletion(name: str) -> None:
    table = TABLES[name]
    assert table["SSESpecification"]["SSEEnabled"] is True
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["DeletionProtectionEnabled"] == {"If": ["OnAws", True, False]}


def test_what_others_follow_has_a_stream_and_what_expires_has_a_ttl() -> None:
    assert {name for name in TABLES if "StreamSpecification" in TABLES[name]} == {
        "CustomersTable",
        "RecordsTable",
        "EnterprisesTable",
    }
    assert {name for name in TABLES if "TimeToLiveSpecification" in TABLES[name]} == {
        "SessionsTable",
        "ReceiptsTable",
        "VerificationsTable",
    }


ALARMS = {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == "AWS::CloudWatch::Alarm"}


def test_every_alarm_has_its_page_in_the_runbook() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text()
    assert set(re.findall(r"^\*\*(\w+Alarm)\*\*", runbook, re.MULTILINE)) == set(ALARMS)


@pytest.mark.parametrize("name", [name for name, alarm in ALARMS.items() if alarm["Namespace"] == "Customers"])
def test_an_alarm_on_our_own_metric_names_an_operation_that_counts_it(name: str) -> None:
    (operation,) = [each["Value"] for each in ALARMS[name]["Dimensions"] if each["Name"] == "operation"]
    assert operation in {each["Handler"].split(".")[-2] for each in FUNCTIONS.values()}


def test_every_alarm_reaches_whoever_is_on_call() -> None:
    assert ALARMS
    for alarm in ALARMS.values():
        assert alarm["AlarmDescription"]
        assert alarm["AlarmActions"] == {"If": ["Notifies", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}


def test_whatever_is_given_up_rings_until_somebody_has_seen_to_it() -> None:
    given_up = {
        queue["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"] for queue in QUEUES.values() if "RedrivePolicy" in queue
    }
    ringing = {
        dimension["Value"]["GetAtt"].removesuffix(".QueueName") + ".Arn"
        for alarm in ALARMS.values()
        for dimension in alarm.get("Dimensions", [])
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    }
    assert given_up
    assert given_up <= ringing
