from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from agent.boundary_patterns import normal_host, pattern
from agent.providers import FEED_KINDS, KINDS, ROLES, ThirdParty, catalogue, provider_key

FILE = Path(__file__).parents[2] / "agent" / "providers.yaml"
ENTRIES: list[dict[str, object]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
PROVIDERS = catalogue().providers


def test_the_file_is_yaml_and_reads_the_same_by_line() -> None:
    assert [(entry["name"], entry["kind"], entry["hosts"]) for entry in ENTRIES] == [
        (each.name, each.kind, list(each.hosts)) for each in PROVIDERS
    ]


def test_the_catalogue_is_large_and_its_entries_have_only_known_keys() -> None:
    assert len(PROVIDERS) >= 170
    assert {key for entry in ENTRIES for key in entry} <= {"name", "kind", "hosts", "status", "role"}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.name)
def test_an_entry_is_well_formed(provider: ThirdParty) -> None:
    assert provider.kind in KINDS
    assert provider.role in ROLES
    assert (provider.role == "telemetry") == (provider.kind == "observability")
    assert provider.hosts
    for host in provider.hosts:
        assert pattern("host", host).text == host == normal_host(host)
        assert host.count(".") >= 1
    if provider.status is not None:
        address = urlsplit(provider.status.url)
        assert provider.status.kind in FEED_KINDS
        assert address.scheme == "https"
        assert address.hostname
        if provider.status.kind == "statuspage":
            assert address.path == "/api/v2/summary.json"


def test_no_name_and_no_host_is_listed_twice() -> None:
    names = [provider_key(each.name) for each in PROVIDERS]
    hosts = [host for each in PROVIDERS for host in each.hosts]
    assert len(set(names)) == len(names)
    assert len(set(hosts)) == len(hosts)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.stripe.com", "Stripe"),
        ("files.stripe.com", "Stripe"),
        ("api-m.sandbox.paypal.com", "PayPal"),
        ("s3.amazonaws.com", "Amazon S3"),
        ("s3.eu-west-1.amazonaws.com", "Amazon S3"),
        ("bucket.s3.eu-west-1.amazonaws.com", "Amazon S3"),
        ("ec2.eu-west-1.amazonaws.com", "Amazon Web Services"),
        ("shop.abc.eu-west-1.rds.amazonaws.com", "Amazon RDS"),
        ("c.x.0001.use1.cache.amazonaws.com", "Amazon ElastiCache"),
        ("dynamodb.us-east-1.amazonaws.com", "Amazon DynamoDB"),
        ("sqs.us-east-1.amazonaws.com", "Amazon SQS"),
        ("x-123.us-east-1.elb.amazonaws.com", "AWS compute and load balancers"),
        ("shop.database.windows.net", "Azure SQL Database"),
        ("shop.blob.core.windows.net", "Azure Storage"),
        ("cluster0-shard-00-00.ab1cd.mongodb.net", "MongoDB Atlas"),
        ("pkc-1.us-east-1.aws.confluent.cloud", "Confluent Cloud"),
        ("eu2-x.upstash.io", "Upstash"),
        ("ep-x.eu-central-1.aws.neon.tech", "Neon"),
        ("crow.rmq.cloudamqp.com", "CloudAMQP"),
        ("registry-1.docker.io", "Docker Hub"),
        ("quay.io", "Quay"),
        ("ghcr.io", "GitHub Packages"),
        ("eu.gcr.io", "Google Container Registry"),
        ("k8s.gcr.io", "Kubernetes registry"),
        ("registry.k8s.io", "Kubernetes registry"),
        ("1.dkr.ecr.eu-west-1.amazonaws.com", "Amazon ECR"),
        ("shop.azurecr.io", "Azure Container Registry"),
        ("maps.googleapis.com", "Google Maps Platform"),
        ("cdnjs.cloudflare.com", "cdnjs"),
        ("api.datadoghq.eu", "Datadog"),
        ("us-central1-aiplatform.googleapis.com", "Vertex AI"),
    ],
)
def test_the_most_literal_pattern_names_the_provider(host: str, name: str) -> None:
    found = catalogue().find(host)
    assert found is not None
    assert found[0].name == name


@pytest.mark.parametrize("host", ["notstripe.com", "stripe.com.evil.example", "example.org", "", "com", "10.0.0.1"])
def test_a_stranger_is_not_in_the_catalogue(host: str) -> None:
    assert catalogue().find(host) is None


@pytest.mark.parametrize(
    "host",
    [
        "x.abc.us-east-1.rds.amazonaws.com",
        "x.cache.amazonaws.com",
        "x.database.windows.net",
        "x.postgres.database.azure.com",
        "x.mongodb.net",
        "x.confluent.cloud",
        "x.upstash.io",
        "x.neon.tech",
        "x.supabase.co",
        "aws.connect.psdb.cloud",
        "x.aivencloud.com",
        "x.cloud.redislabs.com",
        "x.cloudamqp.com",
        "dynamodb.us-east-1.amazonaws.com",
        "sqs.us-east-1.amazonaws.com",
        "sqladmin.googleapis.com",
    ],
)
def test_managed_stores_are_shared_care(host: str) -> None:
    found = catalogue().find(host)
    assert found is not None
    assert found[0].managed
