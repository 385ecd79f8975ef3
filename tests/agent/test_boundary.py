from itertools import combinations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.boundary import Boundary, ComponentFacts, Side, explain_rows
from agent.boundary_file import boundary_from

STAND_IN = ComponentFacts(
    id="shop/deployment/pay-mock",
    namespace="shop",
    name="pay-mock",
    names=("shop/pay",),
    images=("docker.io/vendor/pay-mock:1.2@sha256:00",),
    annotations={"faultside.dev/boundary": "third_party"},
    hosts=("pay.vendor.example",),
)


def boundary(**parts: object) -> Boundary:
    return boundary_from({"version": 1, **parts}, "boundary.yaml", 7)


def outside(host: str, *names: str) -> ComponentFacts:
    return ComponentFacts(id=host, names=names, external=True)


def third(**patterns: list[str]) -> dict[str, object]:
    return {"third_party": [{"name": "Vendor", **patterns}]}


def own(**patterns: list[str]) -> dict[str, object]:
    return {"owned": [patterns]}


CLAIMS: list[tuple[str, dict[str, list[str]]]] = [
    ("workload", {"workloads": ["shop/pay-mock"]}),
    ("host", {"hosts": ["pay.vendor.example"]}),
    ("image", {"images": ["vendor/pay-mock"]}),
]


@pytest.mark.parametrize(("higher", "lower"), list(combinations(range(3), 2)))
def test_each_step_beats_every_later_one(higher: int, lower: int) -> None:
    step, strong = CLAIMS[higher]
    _, weak = CLAIMS[lower]
    theirs = boundary(**third(**strong), **own(**weak)).owner(STAND_IN)
    ours = boundary(**own(**strong), **third(**weak)).owner(STAND_IN)
    assert (theirs.side, theirs.step) == ("third_party", step)
    assert (ours.side, ours.step) == ("owned", step)


@pytest.mark.parametrize(("step", "claim"), CLAIMS)
def test_a_pattern_beats_a_trusted_annotation(step: str, claim: dict[str, list[str]]) -> None:
    found = boundary(**own(**claim), trust_annotations=["shop"]).owner(STAND_IN)
    assert (found.side, found.step) == ("owned", step)


def test_an_annotation_beats_the_namespace_only_where_it_is_trusted() -> None:
    claims = own(namespaces=["shop"])
    trusted = boundary(**claims, trust_annotations=["shop"]).owner(STAND_IN)
    assert (trusted.side, trusted.step) == ("third_party", "annotation")
    assert "boundary.yaml, trust_annotations" in trusted.because
    elsewhere = boundary(**claims, trust_annotations=["other"]).owner(STAND_IN)
    assert (elsewhere.side, elsewhere.step) == ("owned", "namespace")


def test_a_namespace_beats_the_default_and_names_the_team() -> None:
    found = boundary(owned=[{"namespaces": ["sh*"], "team": "checkout"}]).owner(STAND_IN)
    assert (found.side, found.owner, found.step) == ("owned", "checkout", "namespace")
    assert found.because == ("namespace rule 'sh*' matches 'shop': declared owned by checkout (boundary.yaml:7)")


def test_without_a_file_the_cluster_is_ours() -> None:
    found = Boundary.default().owner(STAND_IN)
    assert (found.side, found.owner, found.declared) == ("owned", "shop", False)
    node = ComponentFacts(id="-/node/worker-1", namespace="-", name="worker-1")
    assert Boundary.default().owner(node).owner == "cluster"


def test_a_stand_in_keeps_its_providers_status_contact_and_fallback() -> None:
    party = {
        "name": "stripe",
        "workloads": ["shop/pay-mock"],
        "contact": "open a ticket",
        "fallback": "second gateway",
    }
    found = boundary(third_party=[party]).owner(STAND_IN)
    assert found.side == "third_party"
    assert found.owner == "stripe"
    assert found.provider is not None
    assert found.provider.contact == "open a ticket"
    assert found.provider.fallback == "second gateway"
    assert found.provider.status is not None
    assert found.provider.status.url == "https://www.stripestatus.com/api/v2/summary.json"


def test_a_declared_name_takes_the_catalogues_hosts_along() -> None:
    declared = boundary(third_party=[{"name": "Stripe", "contact": "ticket"}])
    found = declared.owner(outside("API.Stripe.com:443"))
    assert found.provider is not None
    assert (found.provider.contact, found.step, found.declared) == ("ticket", "host", True)
    assert "catalogue" in found.because


def test_a_pattern_of_the_file_beats_an_inherited_one() -> None:
    declared = boundary(third_party=[{"name": "Stripe"}], owned=[{"hosts": ["*.com"]}])
    assert declared.owner(outside("api.stripe.com")).side == "owned"


@pytest.mark.parametrize(
    ("host", "side"),
    [
        ("api.stripe.com", "third_party"),
        ("API.STRIPE.COM.", "third_party"),
        ("https://api.stripe.com:443/v1/charges", "third_party"),
        ("api.some-vendor.io:8443", "third_party"),
        ("stripe-mock", "unknown"),
        ("localhost", "unknown"),
        ("db.prod.internal", "unknown"),
        ("printer.local", "unknown"),
        ("git.corp", "unknown"),
        ("nas.lan", "unknown"),
        ("box.home", "unknown"),
        ("wiki.intranet", "unknown"),
        ("pay.shop.svc", "unknown"),
        ("pay.shop.svc.cluster.local", "unknown"),
        ("10.1.2.3:5432", "unknown"),
        ("100.64.0.9", "unknown"),
        ("169.254.169.254", "unknown"),
        ("[fd00::1]:6379", "unknown"),
        ("fe80::1%eth0", "unknown"),
        ("::ffff:10.0.0.1", "unknown"),
        ("8.8.8.8", "unknown"),
        ("", "unknown"),
        ("evil-local", "unknown"),
        ("notcorp.example", "third_party"),
    ],
)
def test_the_outside_by_default(host: str, side: Side) -> None:
    found = Boundary.default().owner(outside(host))
    assert (found.side, found.step) == (side, "default")
    assert found.because.startswith("default: ")


def test_an_address_is_known_by_another_name_of_the_component() -> None:
    found = Boundary.default().owner(outside("52.1.2.3", "api.stripe.com"))
    assert found.owner == "Stripe"


def test_managed_stores_and_telemetry_are_marked() -> None:
    store = Boundary.default().owner(outside("shop.abc.eu-west-1.rds.amazonaws.com:5432"))
    assert (store.owner, store.managed, store.declared) == ("Amazon RDS", True, False)
    watcher = Boundary.default().owner(outside("agent-intake.logs.datadoghq.com"))
    assert (watcher.owner, watcher.role, watcher.managed) == ("Datadog", "telemetry", False)
    declared = boundary(third_party=[{"name": "Amazon RDS"}])
    assert declared.owner(outside("shop.abc.eu-west-1.rds.amazonaws.com")).declared


def test_declared_ranges_and_unicode_names_match() -> None:
    declared = boundary(
        third_party=[{"name": "Bank", "hosts": ["203.0.113.0/24", "*.bücher.example"]}],
        owned=[{"hosts": ["203.0.113.7", "10.0.0.0/8", "fd00::/8"]}],
    )
    sides = {
        "203.0.113.9": "third_party",
        "203.0.113.7:5432": "owned",
        "10.9.9.9": "owned",
        "[fd00::5]:80": "owned",
        "api.xn--bcher-kva.example": "third_party",
        "API.BÜCHER.example": "third_party",
    }
    assert {host: declared.owner(outside(host)).side for host in sides} == sides


def test_the_more_specific_host_wins_across_sides() -> None:
    declared = boundary(**third(hosts=["pay.corp.example"]), **own(hosts=["*.corp.example"]))
    assert declared.owner(outside("pay.corp.example")).side == "third_party"
    assert declared.owner(outside("db.eu.corp.example")).side == "owned"
    assert declared.owner(outside("corp.example")).step == "default"


def test_a_services_cluster_dns_name_is_a_host_of_its_workload() -> None:
    declared = boundary(**third(hosts=["pay.shop.svc.cluster.local"]))
    found = declared.owner(ComponentFacts("shop/deployment/x", ("shop/pay",), "shop", "x"))
    assert (found.side, found.step) == ("third_party", "host")


@pytest.mark.parametrize(
    ("images", "side"),
    [
        (("docker.io/vendor/pay-mock:latest@sha256:aa",), "third_party"),
        (("VENDOR/pay-mock",), "third_party"),
        (("istio/proxyv2:1.20", "quay.io/vendor/pay-mock:1"), "third_party"),
        (("shop/api:1", "vendor/pay-mock:1"), "owned"),
        (("mirror/vendor/pay-mock:1",), "owned"),
        (("vendor/pay-mock-not",), "owned"),
        ((), "owned"),
    ],
)
def test_the_image_of_the_first_own_container_counts(images: tuple[str, ...], side: Side) -> None:
    facts = ComponentFacts("shop/deployment/x", namespace="shop", name="x", images=images)
    assert boundary(**third(images=["vendor/pay-mock"])).owner(facts).side == side


def test_a_provider_is_found_by_any_spelling_of_its_name() -> None:
    declared = boundary(third_party=[{"name": "My Bank", "hosts": ["api.bank.example"]}])
    mine = declared.provider("my-bank")
    assert mine is not None
    assert mine.name == "My Bank"
    shipped = declared.provider("mongodb_atlas")
    assert shipped is not None
    assert shipped.kind == "managed"
    assert declared.provider("nobody") is None


def test_rows_explain_every_component_in_order() -> None:
    rows = explain_rows(Boundary.default(), [STAND_IN, outside("api.stripe.com")])
    assert [(row.component, row.side, row.owner) for row in rows] == [
        ("api.stripe.com", "third_party", "Stripe"),
        ("shop/deployment/pay-mock", "owned", "shop"),
    ]
    assert rows[0].because == "default: the catalogue knows 'api.stripe.com' as Stripe ('*.stripe.com')"


EVERYTHING = boundary_from(
    {
        "version": 1,
        "third_party": [
            {"name": "Vendor", "hosts": ["*.vendor.example"], "workloads": ["shop/*-mock"]},
            {"name": "Datadog", "images": ["datadog/*"]},
        ],
        "owned": [{"namespaces": ["*"]}, {"hosts": ["10.0.0.0/8", "*.corp.example"]}],
        "trust_annotations": ["*"],
    },
    "boundary.yaml",
)
HOSTS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[a-zA-Z0-9-]{1,8}(\.[a-zA-Z0-9-]{1,8}){0,3}(:[0-9]{1,5})?", fullmatch=True),
    st.ip_addresses().map(str),
    st.sampled_from(["api.Vendor.example", "x.CORP.example", "bücher.example", "[::1]:80"]),
)
FACTS = st.builds(
    ComponentFacts,
    id=st.one_of(HOSTS, st.just("Shop/Deployment/Pay-Mock")),
    names=st.lists(HOSTS, max_size=2).map(tuple),
    namespace=st.sampled_from(["", "-", "shop", "Shop"]),
    name=st.sampled_from(["", "Pay-Mock", "api"]),
    images=st.lists(st.one_of(st.text(max_size=20), st.just("DataDog/agent:7")), max_size=2).map(tuple),
    annotations=st.dictionaries(st.just("faultside.dev/boundary"), st.sampled_from(["owned", "third_party", "x"])),
    hosts=st.lists(HOSTS, max_size=2).map(tuple),
    external=st.booleans(),
)


@given(FACTS)
def test_every_component_has_an_owner_and_a_reason(facts: ComponentFacts) -> None:
    for each in (Boundary.default(), EVERYTHING):
        found = each.owner(facts)
        assert found.side in get_args(Side)
        assert found.because
        assert isinstance(found.owner, str)


@given(FACTS)
def test_case_never_decides(facts: ComponentFacts) -> None:
    def cased(upper: bool) -> ComponentFacts:
        def change(text: str) -> str:
            # Only ASCII: the case of ß and its like isn't reversible.
            return "".join((char.upper() if upper else char.lower()) if char.isascii() else char for char in text)

        return ComponentFacts(
            id=change(facts.id),
            names=tuple(map(change, facts.names)),
            namespace=change(facts.namespace),
            name=change(facts.name),
            images=tuple(map(change, facts.images)),
            annotations=facts.annotations,
            hosts=tuple(map(change, facts.hosts)),
            external=facts.external,
        )

    assert EVERYTHING.owner(cased(upper=True)) == EVERYTHING.owner(cased(upper=False))
