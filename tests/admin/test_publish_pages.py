"""`make web`: the pages in the bucket, with what they must know of the stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from admin.stack.refusal import Refusal
from admin.web import publish_pages
from commands import pages

BUCKET = "pages"
OUTPUTS = {
    "WebBucket": BUCKET,
    "WebDomain": "https://d1.cloudfront.net",
    "PeopleLogin": "https://people.auth.example",
    "ConsoleClient": "client-1",
}


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        own = boto3.Session("test", "test", region_name="us-east-1")
        own.client("s3").create_bucket(Bucket=BUCKET)
        yield own


def stored(session: boto3.Session) -> dict[str, Any]:
    objects = session.client("s3")
    names = [each["Key"] for each in objects.list_objects_v2(Bucket=BUCKET)["Contents"]]
    return {name: objects.get_object(Bucket=BUCKET, Key=name) for name in names}


def test_every_page_is_there_as_what_it_is_and_an_old_file_is_gone(session: boto3.Session) -> None:
    session.client("s3").put_object(Bucket=BUCKET, Key="old/page.html", Body=b"")
    count = publish_pages.publish(session.client("s3"), OUTPUTS, None)
    found = stored(session)
    assert count == len(found)
    assert set(found) == {str(each.relative_to(pages.PAGES)) for each in pages.files()} | {"config.json"}
    assert "sdk/lookup.js" in found
    assert found["console/index.html"]["ContentType"] == "text/html; charset=utf-8"
    assert found["panel/customer-panel.js"]["ContentType"] == "text/javascript; charset=utf-8"
    assert {each["CacheControl"] for each in found.values()} == {"no-cache"}


def test_the_pages_learn_of_the_stacks_user_pool_and_of_no_demo(session: boto3.Session) -> None:
    publish_pages.publish(session.client("s3"), OUTPUTS, None)
    config = json.loads(stored(session)["config.json"]["Body"].read())
    assert config["login"]["token"] == "https://people.auth.example/oauth2/token"
    assert config["login"]["client"] == "client-1"
    assert config["sandbox"] is False
    assert "till" not in config
    assert "people" not in config["login"]


def test_requests_are_tried_on_a_stack_with_a_sandbox_alone(session: boto3.Session) -> None:
    for sandbox in (True, False):
        publish_pages.publish(session.client("s3"), OUTPUTS, None, sandbox=sandbox)
        assert json.loads(stored(session)["config.json"]["Body"].read())["sandbox"] is sandbox


def test_another_provider_is_named_by_a_file_that_has_all_of_it(session: boto3.Session, tmp_path: Path) -> None:
    outputs = {name: OUTPUTS[name] for name in ("WebBucket", "WebDomain")}
    objects = session.client("s3")
    with pytest.raises(Refusal, match="UserPool=true"):
        publish_pages.publish(objects, outputs, None)
    login = tmp_path / "login.json"
    login.write_text(json.dumps({"authorize": "a", "token": "t", "client": "c"}))
    with pytest.raises(Refusal, match="no scope"):
        publish_pages.publish(objects, outputs, login)
    login.write_text(json.dumps({"authorize": "a", "token": "t", "client": "c", "scope": "openid"}))
    assert publish_pages.publish(objects, outputs, login)


def test_a_stack_without_a_bucket_says_how_it_gets_one(session: boto3.Session) -> None:
    with pytest.raises(Refusal, match="Web=true"):
        publish_pages.publish(session.client("s3"), {"Other": "x"}, None)
