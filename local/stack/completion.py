"""Apply what the emulator's CloudFormation ignores: gateway responses, throttles of one method, expiry of items,
encryption of files, point-in-time recovery.

It also converts workflows from YAML, which the emulator accepts but does not read. And it gives the API the address
`http://127.0.0.1:<port>/v1/partner`, as a domain name would on a real account, because the API's id changes with each
route.

All values come from the processed template, all calls are public AWS API, and a second run changes nothing. On a real
account CloudFormation does this itself, so this module refuses a real account.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from local.environment import CREDENTIALS, REGION
from local.refusal import Refusal

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.type_defs import PutGatewayResponseRequestTypeDef
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DOMAIN = "127.0.0.1"


def session() -> boto3.Session:
    """A session with the key that every emulator of AWS accepts, and no account does."""
    # A third of a second, which most commands do without.
    import boto3

    return boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )


def complete(endpoint: str, stack: str) -> None:
    """Make the deployed stack match its template."""
    if urlsplit(endpoint).hostname not in LOOPBACK:
        raise Refusal(f"{endpoint} is not this machine, and only the local stack needs completing")
    formation = session().client("cloudformation", endpoint_url=endpoint)
    template: Any = formation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    physical = {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for resource in formation.describe_stack_resources(StackName=stack)["StackResources"]
    }
    _complete_tables(endpoint, template, physical)
    _complete_buckets(endpoint, template, physical)
    _complete_workflows(endpoint, template, physical)
    _complete_apis(endpoint, template, physical)
    _complete_stages(endpoint, template, physical)


def _of_type(template: Any, kind: str, physical: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == kind and name in physical:
            yield physical[name], resource["Properties"]


def _complete_tables(endpoint: str, template: Any, physical: dict[str, str]) -> None:
    tables = session().client("dynamodb", endpoint_url=endpoint)
    for table, properties in _of_type(template, "AWS::DynamoDB::Table", physical):
        expiry = properties.get("TimeToLiveSpecification")
        current = tables.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        # Setting it to its present value is an error.
        if expiry and current.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
            tables.update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)
        if recovery := properties.get("PointInTimeRecoverySpecification"):
            tables.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)


def _complete_buckets(endpoint: str, template: Any, physical: dict[str, str]) -> None:
    buckets = session().client("s3", endpoint_url=endpoint)
    for bucket, properties in _of_type(template, "AWS::S3::Bucket", physical):
        if encryption := properties.get("BucketEncryption"):
            # CloudFormation and S3 name these fields differently, and the rules below too.
            defaults = encryption["ServerSideEncryptionConfiguration"]
            rules: Any = [
                {"ApplyServerSideEncryptionByDefault": each["ServerSideEncryptionByDefault"]} for each in defaults
            ]
            buckets.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
        if lifecycle := properties.get("LifecycleConfiguration"):
            expiring = [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]
            buckets.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": expiring})


def _lifecycle_rule(rule: Any) -> LifecycleRuleTypeDef:
    return {
        "ID": rule["Id"],
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
        "Expiration": {"Days": rule["ExpirationInDays"]},
        "AbortIncompleteMultipartUpload": rule["AbortIncompleteMultipartUpload"],
    }


def _complete_workflows(endpoint: str, template: Any, physical: dict[str, str]) -> None:
    workflows = session().client("stepfunctions", endpoint_url=endpoint)
    for workflow, _ in _of_type(template, "AWS::StepFunctions::StateMachine", physical):
        definition = workflows.describe_state_machine(stateMachineArn=workflow)["definition"]
        read = json.dumps(yaml.safe_load(definition))
        if read != definition:
            workflows.update_state_machine(stateMachineArn=workflow, definition=read)


def _complete_apis(endpoint: str, template: Any, physical: dict[str, str]) -> None:
    gateway = session().client("apigateway", endpoint_url=endpoint)
    for api, properties in _of_type(template, "AWS::ApiGateway::RestApi", physical):
        responses = properties["Body"].get("x-amazon-apigateway-gateway-responses", {})
        for kind, response in responses.items():
            gateway.put_gateway_response(**_gateway_response(api, kind, response))
        # A gateway response takes effect with the next deployment.
        for stage in gateway.get_stages(restApiId=api)["item"]:
            gateway.create_deployment(restApiId=api, stageName=stage["stageName"])


def _complete_stages(endpoint: str, template: Any, physical: dict[str, str]) -> None:
    gateway = session().client("apigateway", endpoint_url=endpoint)
    for stage, properties in _of_type(template, "AWS::ApiGateway::Stage", physical):
        settings = [each for each in properties["MethodSettings"] if each["HttpMethod"] != "*"]
        gateway.update_stage(
            restApiId=physical[properties["RestApiId"]["Ref"]],
            stageName=stage,
            patchOperations=[operation for each in settings for operation in _throttles(each)],
        )
        _map_address(gateway, physical[properties["RestApiId"]["Ref"]], stage)


def _map_address(gateway: APIGatewayClient, api: str, stage: str) -> None:
    """Map `/STAGE` at the emulator's own address to the API. All other paths stay as they are."""
    if DOMAIN not in {each["domainName"] for each in gateway.get_domain_names()["items"]}:
        gateway.create_domain_name(domainName=DOMAIN, endpointConfiguration={"types": ["REGIONAL"]})
    wanted = {"basePath": stage, "restApiId": api, "stage": stage}
    mapped = gateway.get_base_path_mappings(domainName=DOMAIN).get("items", [])
    if wanted in mapped:
        return
    for _ in (each for each in mapped if each["basePath"] == stage):
        # An API that was replaced leaves its mapping behind.
        gateway.delete_base_path_mapping(domainName=DOMAIN, basePath=stage)
    gateway.create_base_path_mapping(domainName=DOMAIN, basePath=stage, restApiId=api, stage=stage)


def _throttles(setting: Any) -> Iterator[Any]:
    """As patch operations of the gateway's API. Its paths write `/` as `~1`, and so does the template."""
    method = f"{setting['ResourcePath']}/{setting['HttpMethod']}"
    for name, field in (("rateLimit", "ThrottlingRateLimit"), ("burstLimit", "ThrottlingBurstLimit")):
        yield {"op": "replace", "path": f"{method}/throttling/{name}", "value": str(setting[field])}


def _gateway_response(api: str, kind: str, response: Any) -> PutGatewayResponseRequestTypeDef:
    put: PutGatewayResponseRequestTypeDef = {
        "restApiId": api,
        "responseType": kind,  # type: ignore[typeddict-item]  # the template's text, checked by the gateway
        # What is no text depends on a parameter that the local stack leaves out.
        "responseParameters": {
            name: value for name, value in response.get("responseParameters", {}).items() if isinstance(value, str)
        },
        "responseTemplates": response.get("responseTemplates", {}),
    }
    if "statusCode" in response:
        put["statusCode"] = str(response["statusCode"])
    return put
