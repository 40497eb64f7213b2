"""The web pages on AWS: a private bucket behind CloudFront, with the API as its second origin. Only by parameter."""

from __future__ import annotations

import json
import subprocess
from typing import Any, cast

import pytest

from local.web.files import Answer, answer
from tests.support.tables import ROOT
from tests.support.template.deployed import properties, resources

WEB = {"Web": "true"}
HEADERS = ROOT / "web/headers.json"
KINDS = ("AWS::CloudFront::Distribution", "AWS::CloudFront::ResponseHeadersPolicy", "AWS::CloudFront::Function")


def distribution(**parameters: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(KINDS[0], **{**WEB, **parameters})["WebDistribution"]["DistributionConfig"]
    return found


def behaviours(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the pages, of the reference and of the API."""
    return [config["DefaultCacheBehavior"], *cast("list[dict[str, Any]]", config["CacheBehaviors"])]


def policy(name: str = "WebHeaders", **parameters: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(KINDS[1], **{**WEB, **parameters})[name]["ResponseHeadersPolicyConfig"]
    return found


def test_without_the_parameter_there_is_nothing() -> None:
    for parameters in ({}, {"Web": "true", "IsLocal": "true"}):
        assert not [each for each in resources(**parameters).values() if each["Type"] in KINDS]
        assert "WebBucket" not in resources(**parameters)


def test_the_bucket_is_private_and_only_the_distribution_reads_it() -> None:
    bucket = properties("AWS::S3::Bucket", **WEB)["WebBucket"]
    public = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket == {
        "PublicAccessBlockConfiguration": dict.fromkeys(public, True),
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
    }
    of_policy = properties("AWS::S3::BucketPolicy", **WEB)["WebBucketPolicy"]
    denied, allowed = of_policy["PolicyDocument"]["Statement"]
    where = {"Resource": ["WebBucket.Arn", "WebBucket.Arn/*"]}
    over_http = {"Bool": {"aws:SecureTransport": "false"}}
    assert of_policy["Bucket"] == "WebBucket"
    assert denied == {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": over_http, **where}
    ours = "arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/WebDistribution"
    assert allowed == {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        # With the right to list, a page that is not there is a 404 and not a 403.
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Condition": {"StringEquals": {"aws:SourceArn": ours}},
        **where,
    }


def test_cloudfront_signs_what_it_asks_of_the_bucket() -> None:
    (access,) = properties("AWS::CloudFront::OriginAccessControl", **WEB).values()
    assert access["OriginAccessControlConfig"] == {
        "Name": "AWS::StackName-web",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    pages, _ = distribution()["Origins"]
    # Without an origin of this kind CloudFront would take the bucket for any web server.
    assert pages == {
        "Id": "pages",
        "DomainName": "WebBucket.RegionalDomainName",
        "OriginAccessControlId": "WebAccess",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }


def test_each_path_has_its_origin_and_what_need_not_be_sent_again_is_kept() -> None:
    config = distribution()
    page, reference, api = behaviours(config)
    assert [each["Id"] for each in config["Origins"]] == ["pages", "api"]
    assert [each["TargetOriginId"] for each in (page, reference, api)] == ["pages", "pages", "api"]
    assert all(each["Compress"] is True for each in (page, reference, api))
    # AWS's CachingOptimized, which keeps to the files' own no-cache.
    assert {each["CachePolicyId"] for each in (page, reference)} == {"658327ea-f89d-4fab-a63d-7e88639e58f6"}
    assert (page["ResponseHeadersPolicyId"], reference["PathPattern"]) == ("WebHeaders", "/reference/*")
    assert (config["Enabled"], config["HttpVersion"], config["IPV6Enabled"]) == (True, "http2and3", True)
    behind = config["Origins"][1]
    assert behind["DomainName"] == "Api.execute-api.AWS::Region.AWS::URLSuffix"
    # Longer than the gateway takes.
    assert behind["CustomOriginConfig"]["OriginReadTimeout"] == 60


@pytest.mark.slow
def test_a_folder_is_its_index_as_on_the_local_stack() -> None:
    """The function of CloudFront, run by Node for a file, for folders, and for what is not there."""
    (function,) = properties(KINDS[2], **WEB).values()
    assert (function["AutoPublish"], function["FunctionConfig"]["Runtime"]) == (True, "cloudfront-js-2.0")
    assert function["Name"] == "AWS::StackName-web-paths"
    for each in behaviours(distribution())[:2]:
        associated = {"EventType": "viewer-request", "FunctionARN": "WebPaths.FunctionMetadata.FunctionARN"}
        assert each["FunctionAssociations"] == [associated]
    assert "FunctionAssociations" not in behaviours(distribution())[2]
    paths = ["/", "/console/", "/console", "/console/index.html", "/reference/", "/reference", "/nothing/here/"]
    asked = f"{function['FunctionCode']}\nJSON.stringify({json.dumps(paths)}.map(uri => handler({{request: {{uri}}}})))"
    printed = subprocess.run(["node", "--print", asked], capture_output=True, text=True, check=True).stdout
    for path, said in zip(paths, json.loads(printed), strict=True):
        # The root is no page of its own: the local server sends its visitor on, too.
        local = Answer(308, {"location": "/console/"}) if path == "/" else answer(path)
        if local and local.status == 308:
            assert (said["statusCode"], said["headers"]["location"]["value"]) == (308, local.headers["location"])
        else:
            assert said["uri"] == (f"{path}index.html" if path.endswith("/") else path)


def test_answers_of_the_api_are_never_cached_and_its_host_is_its_own() -> None:
    *_, api = distribution()["CacheBehaviors"]
    # AWS's CachingDisabled, and AllViewerExceptHostHeader: with the viewer's host API Gateway answers 403.
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert api["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert api["PathPattern"] == "/v1/*"


def test_everything_goes_over_tls() -> None:
    own = distribution(WebAddress="https://console.example.com", WebCertificateArn="the certificate")
    assert own["ViewerCertificate"] == {
        "AcmCertificateArn": "the certificate",
        "SslSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    }
    page, reference, api = behaviours(own)
    # A browser that asks for a page is sent on; a POS that sends a phone in the clear is refused.
    assert {page["ViewerProtocolPolicy"], reference["ViewerProtocolPolicy"]} == {"redirect-to-https"}
    assert api["ViewerProtocolPolicy"] == "https-only"
    behind = next(each for each in own["Origins"] if each["Id"] == "api")["CustomOriginConfig"]
    assert (behind["OriginProtocolPolicy"], behind["OriginSSLProtocols"]) == ("https-only", ["TLSv1.2"])


def test_pages_are_only_read_and_the_api_takes_every_method() -> None:
    """CloudFront knows three sets of methods, these two among them, and refuses any other."""
    *pages, api = behaviours(distribution())
    assert [set(each["AllowedMethods"]) for each in pages] == [{"GET", "HEAD"}] * 2
    assert set(api["AllowedMethods"]) == {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}


def test_nothing_is_logged_that_could_hold_a_phone() -> None:
    assert "Logging" not in distribution()


def test_the_api_gets_its_secret_from_cloudfront_where_there_is_one() -> None:
    def headers(**parameters: str) -> Any:
        return next(each for each in distribution(**parameters)["Origins"] if each["Id"] == "api").get(
            "OriginCustomHeaders"
        )

    assert headers() is None
    assert headers(OriginSecret="x" * 32) == [{"HeaderName": "X-Origin-Secret", "HeaderValue": "x" * 32}]


@pytest.mark.parametrize(("name", "folder"), [("WebHeaders", "pages"), ("WebReferenceHeaders", "reference")])
def test_the_headers_are_those_that_the_local_stack_sends(name: str, folder: str) -> None:
    local = json.loads(HEADERS.read_text())[folder]
    security = policy(name)["SecurityHeadersConfig"]
    sent = {each["Header"]: each["Value"] for each in policy(name)["CustomHeadersConfig"]["Items"]}
    sent["content-security-policy"] = security["ContentSecurityPolicy"]["ContentSecurityPolicy"].replace(
        "'self' ;", "'self';"
    )
    sent["x-content-type-options"] = "nosniff" if "ContentTypeOptions" in security else ""
    sent["x-frame-options"] = security["FrameOptions"]["FrameOption"]
    sent["referrer-policy"] = security["ReferrerPolicy"]["ReferrerPolicy"]
    strict = security["StrictTransportSecurity"]
    assert strict["IncludeSubdomains"] is True
    sent["strict-transport-security"] = f"max-age={strict['AccessControlMaxAgeSec']}; includeSubDomains"
    assert sent == local


@pytest.mark.parametrize("name", ["WebHeaders", "WebReferenceHeaders"])
def test_no_header_of_an_origin_comes_before_ours(name: str) -> None:
    found = policy(name)
    ours = [*found["SecurityHeadersConfig"].values(), *found["CustomHeadersConfig"]["Items"]]
    assert [each["Override"] for each in ours] == [True] * 7


def test_inline_styles_are_for_the_reference_alone_and_inline_scripts_for_no_page() -> None:
    behaviours = {each["PathPattern"]: each.get("ResponseHeadersPolicyId") for each in distribution()["CacheBehaviors"]}
    assert behaviours == {"/reference/*": "WebReferenceHeaders", "/v1/*": None}
    sent = {folder: headers["content-security-policy"] for folder, headers in json.loads(HEADERS.read_text()).items()}
    assert "unsafe-inline" not in sent["pages"]
    assert [each for each in sent["reference"].split("; ") if "unsafe" in each] == ["style-src 'self' 'unsafe-inline'"]


def test_the_pages_may_call_their_identity_provider_and_nobody_else() -> None:
    def connecting(**parameters: str) -> list[str]:
        text: str = policy(**parameters)["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
        directives = {name: values for name, *values in (each.split() for each in text.split("; "))}
        return directives["connect-src"]

    assert connecting() == ["'self'"]
    assert connecting(LoginOrigin="https://login.example.com") == ["'self'", "https://login.example.com"]
    (own,) = connecting(UserPool="true")[1:]
    assert own == "https://AWS::StackName-AWS::AccountId.auth.AWS::Region.amazoncognito.com"


def test_a_listed_pos_page_may_load_the_panels_modules_and_no_other_page() -> None:
    assert "CorsConfig" not in policy()
    shared = policy(PanelOrigins="https://pos.example.com,https://till.example.com")["CorsConfig"]
    assert shared == {
        "AccessControlAllowOrigins": {"Items": ["https://pos.example.com", "https://till.example.com"]},
        "AccessControlAllowMethods": {"Items": ["GET", "HEAD"]},
        "AccessControlAllowHeaders": {"Items": ["Origin"]},
        "AccessControlAllowCredentials": False,
        "OriginOverride": True,
    }


def test_a_domain_of_ones_own_needs_its_certificate() -> None:
    own = distribution(WebAddress="https://console.example.com", WebCertificateArn="the certificate")
    assert own["Aliases"] == ["console.example.com"]
    assert own["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert "Aliases" not in distribution()
    assert distribution()["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}


def test_the_policies_of_two_stacks_have_names_of_their_own() -> None:
    assert (policy()["Name"], policy("WebReferenceHeaders")["Name"]) == (
        "AWS::StackName-web",
        "AWS::StackName-web-reference",
    )
