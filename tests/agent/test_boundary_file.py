from pathlib import Path

import pytest

from agent.boundary import Edge
from agent.boundary_file import boundary_from, boundary_in, load_boundary
from tools.errors import InputError
from tools.safe_yaml import load_document

WHOLE = """\
version: 1
third_party:
  - name: Stripe
    hosts: ["api.stripe.com", "*.stripe.com"]
    workloads: ["shop/pay-mock"]
    images: ["vendor/pay-mock"]
    status: {kind: statuspage, url: "https://status.vendor.example/api/v2/summary.json"}
    contact: "payments on-call opens a ticket"
    fallback: "backup gateway"
  - {name: Datadog, hosts: ["*.datadoghq.com"], role: telemetry}
owned: [{namespaces: ["shop"]}, {hosts: ["*.corp.example"]}]
edges: [{from: shop/orders, to: shop/Payment}]
trust_annotations: ["shop"]
"""


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        boundary_in(load_document(text, "boundary.yaml"))
    return str(caught.value)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "boundary.yaml"
    file.write_text(WHOLE)
    boundary = load_boundary(file)
    stripe, datadog = boundary.third_parties
    assert stripe.contact == "payments on-call opens a ticket"
    assert stripe.status is not None
    assert stripe.status.url == "https://status.vendor.example/api/v2/summary.json"
    assert stripe.kind == "payments"
    assert stripe.declared_at == "boundary.yaml:3"
    assert datadog.role == "telemetry"
    assert [rule.namespaces or rule.hosts for rule in boundary.owned] == [
        ("shop",),
        ("*.corp.example",),
    ]
    assert boundary.edges == (Edge("shop/orders", "shop/payment", "boundary.yaml:12"),)


def test_the_documented_example_loads() -> None:
    page = (Path(__file__).parents[2] / "docs" / "boundary.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    boundary = boundary_in(load_document(example, "boundary.yaml"))
    assert [party.name for party in boundary.third_parties] == ["Stripe"]
    assert boundary.owned[0].team == "checkout"


def test_an_inline_boundary_has_the_lines_of_its_file() -> None:
    text = "format: 1\nboundary:\n  version: 1\n  owned:\n    - {namespace: [shop]}\n"
    with pytest.raises(InputError) as caught:
        boundary_in(load_document(text, "run.yaml"), "boundary")
    assert str(caught.value) == (
        "run.yaml:5: expected one of hosts, images, namespaces, team, workloads"
        " in boundary.owned[0], got the key 'namespace'"
    )


def test_a_plain_mapping_has_the_line_that_it_is_given() -> None:
    with pytest.raises(InputError) as caught:
        boundary_from({"version": 1, "owned": 3}, "run.yaml", 9)
    assert str(caught.value) == "run.yaml:9: expected a list in owned, got 3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "boundary.yaml:1: expected a mapping of edges, owned"),
        ("- 1", "boundary.yaml:1: expected a mapping of edges, owned"),
        ("owned: []", "boundary.yaml:1: expected the key 'version'"),
        ("version: 2", "boundary.yaml:1: expected version: 1 in version, got 2"),
        ("version: '1'", "boundary.yaml:1: expected version: 1 in version, got '1'"),
        ("version: true", "boundary.yaml:1: expected version: 1 in version, got True"),
        ("version: 1\nthird_parties: []", "boundary.yaml:2: expected one of edges, owned, thi"),
        ("version: 1\nthird_party: {}", "boundary.yaml:2: expected a list in third_party, got a m"),
        (
            "version: 1\nthird_party:\n  - hosts: [a.b]",
            "boundary.yaml:3: expected the key 'name' in third_party[0]",
        ),
        (
            "version: 1\nthird_party:\n  - name: 3",
            "boundary.yaml:3: expected a provider's name in third_party[0].name, got 3",
        ),
        (
            "version: 1\nthird_party:\n  - name: Nobody Knows",
            "boundary.yaml:3: expected hosts, workloads or images of 'Nobody Knows'",
        ),
        (
            "version: 1\nthird_party:\n  - name: X\n    hosts: api.x.example",
            "boundary.yaml:4: expected a list in third_party[0].hosts, got 'api.x.example'",
        ),
        (
            "version: 1\nthird_party:\n  - name: X\n    hosts:\n      - a.example\n      - '*'",
            "boundary.yaml:6: expected a host pattern such as",
        ),
        (
            "version: 1\nthird_party:\n  - {name: X, hosts: [a.b], role: telemetri}",
            "boundary.yaml:3: expected one of application, telemetry in third_party[0].role",
        ),
        (
            "version: 1\nthird_party:\n  - {name: X, hosts: [a.b], kind: manged}",
            "boundary.yaml:3: expected one of ai, analytics",
        ),
        (
            "version: 1\nthird_party:\n  - {name: X, hosts: [a.b], status: {kind: statuspage}}",
            "boundary.yaml:3: expected the key 'url' in third_party[0].status",
        ),
        (
            "version: 1\nthird_party:\n  - {name: X, hosts: [a.b], status: {kind: rss, url: 'file:///etc/passwd'}}",
            "boundary.yaml:3: expected an https:// or http:// address",
        ),
        (
            "version: 1\nthird_party:\n  - {name: X, hosts: [a.b]}\n  - {name: x, hosts: [c.d]}",
            "boundary.yaml:4: expected each third party once in third_party[1], got 'x' again after boundary.yaml:3",
        ),
        ("version: 1\nowned:\n  - {}", "boundary.yaml:3: expected namespaces, hosts, workloads"),
        ("version: 1\nowned:\n  - 5", "boundary.yaml:3: expected a mapping of hosts, images"),
        ("version: 1\nedges:\n  - {from: a/b}", "boundary.yaml:3: expected the key 'to'"),
        ("version: 1\nedges:\n  - {from: a/b, to: 'a/*'}", "boundary.yaml:3: expected one compon"),
        ("version: 1\ntrust_annotations: [3]", "boundary.yaml:2: expected a namespace pattern"),
        ("version: 1\nversion: 1", "boundary.yaml:2: expected each key once"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(text: str, message: str) -> None:
    said = refusal(text)
    assert said.startswith(message)
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("key", "bad"),
    [
        ("hosts", "[a-z].example"),
        ("hosts", "*"),
        ("hosts", "**.example"),
        ("hosts", "a..b"),
        ("hosts", "a b.example"),
        ("hosts", "10.0.0.0/99"),
        ("hosts", "api.example/path"),
        ("workloads", "pay-mock"),
        ("workloads", "shop/"),
        ("workloads", "shop/pay[ab]"),
        ("workloads", "a/b/c/d"),
        ("workloads", "shop/**"),
        ("images", "*"),
        ("images", "vendor//mock"),
        ("images", "vendor/mo ck"),
    ],
)
def test_a_bad_glob_is_refused(key: str, bad: str) -> None:
    said = refusal(f"version: 1\nthird_party:\n  - name: X\n    {key}: ['{bad}']\n")
    assert said.startswith("boundary.yaml:4: expected a")
    assert said.endswith(f"in third_party[0].{key}[0], got '{bad}'")


@pytest.mark.parametrize(
    ("key", "theirs", "ours"),
    [
        ("workloads", "shop/pay", "Shop/Pay"),
        ("workloads", "shop/pay", "shop/*"),
        ("workloads", "*/pay-*", "shop/*-mock"),
        ("hosts", "api.x.example", "API.x.example."),
        ("hosts", "*.x.example", "*.x.example"),
        ("hosts", "10.0.0.0/8", "10.1.0.0/8"),
        ("hosts", "a*.x.example", "*b.x.example"),
        ("images", "vendor/mock", "vendor/mock:1.0"),
    ],
)
def test_two_owners_of_one_thing_are_refused_with_both_lines(key: str, theirs: str, ours: str) -> None:
    said = refusal(f"version: 1\nthird_party:\n  - name: X\n    {key}: ['{theirs}']\nowned:\n  - {key}: ['{ours}']\n")
    assert said.startswith("boundary.yaml:6: expected one owner for each ")
    assert said.endswith("(third party X) at boundary.yaml:4")
    assert "(owned), which overlaps" in said


@pytest.mark.parametrize(
    ("key", "theirs", "ours"),
    [
        ("workloads", "shop/pay", "shop/payment"),
        ("workloads", "shop/a*", "shop/b*"),
        ("workloads", "shop/*", "shop/deployment/pay"),
        ("hosts", "api.x.example", "*.x.example"),
        ("hosts", "*.x.example", "x.example"),
        ("hosts", "10.1.0.0/16", "10.0.0.0/8"),
        ("images", "vendor/mock", "vendor/*"),
    ],
)
def test_no_conflict_where_patterns_differ_or_one_is_more_specific(key: str, theirs: str, ours: str) -> None:
    third = {"name": "X", key: [theirs]}
    found = boundary_from({"version": 1, "third_party": [third], "owned": [{key: [ours]}]}, "b")
    assert len(found.rules) == 2


def test_two_third_parties_cannot_share_a_workload() -> None:
    said = refusal(
        "version: 1\nthird_party:\n  - {name: X, workloads: [shop/pay]}\n  - {name: Y, workloads: ['shop/*']}\n"
    )
    assert said.startswith("boundary.yaml:4: expected one owner for each workload")
