"""The tools answer from a recording, and refuse what they can't answer in words that help."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.run_input import load_run
from agent.scene import Scene
from agent.sweep import Limits, sweep
from agent.toolbox import toolbox_for
from evals.benchmarks.served import served
from evals.loopback.faults import Fault, on
from tools.callgraph import CallGraph
from tools.errors import ToolError
from tools.evidence import Evidence, Gap, Window
from tools.logs import read_log
from tools.objects.capacity import ConfigMap
from tools.objects.meta import Condition, Meta, TrackedMeta
from tools.objects.pods import Pod, PodStatus
from tools.questions import MOST_CHARS, QUESTIONS, Toolbox, offered
from tools.redact import remembered_secrets
from tools.snapshot import Snapshot
from tools.source import LogRef, Series, Sources
from tools.views import Views

RUNS = Path(__file__).parents[2] / "evals/runs"
SIX = RUNS / "sockshop/r-2a6171"
MOCK = "sock-shop/deployment/stripe-mock"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

Ask = Callable[..., Evidence]


def box(folder: Path) -> Toolbox:
    run = load_run(folder)
    return toolbox_for(Scene(run.incident, sweep(run.incident, run.sources, Limits())), run.sources, run.boundary)


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    return box(SIX)


@pytest.fixture
def bare() -> Toolbox:
    """A toolbox over nothing, to be filled."""
    snapshot = Snapshot("test", Window(NOON - timedelta(minutes=30), NOON), NOON)
    graph = CallGraph({})
    sources = Sources(name="test", now=NOON, cluster=load_run(SIX).sources.cluster)
    return Toolbox(
        snapshot=snapshot, sources=sources, graph=graph, changes=[], views=Views(snapshot, graph, []), owner=str
    )


def ask(toolbox: Toolbox, tool: str, **arguments: object) -> Evidence:
    return QUESTIONS[tool].ask(toolbox, arguments)


def value(answer: Evidence) -> dict[str, object]:
    assert isinstance(answer.value, dict)
    return answer.value


@pytest.mark.filterwarnings("ignore:open_binary is deprecated")
def test_the_contract_of_all_tools_costs_a_model_less_than_a_thousand_tokens() -> None:
    import bpe_openai

    functions = [
        {"name": one.name, "description": one.description, "parameters": one.parameters} for one in QUESTIONS.values()
    ]
    contract = json.dumps([{"type": "function", "function": one} for one in functions], separators=(",", ":"))
    assert len(bpe_openai.get_encoding("o200k_base").encode(contract)) <= 900


def test_the_documented_tools_are_the_tools() -> None:
    page = (RUNS.parents[1] / "docs/tools.md").read_text(encoding="utf-8")
    rows = []
    for one in QUESTIONS.values():
        fields = one.arguments.model_fields.items()
        takes = ", ".join(f"`{name}`" if field.is_required() else f"`{name}`?" for name, field in fields)
        says = " ".join(one.description.split()).replace("|", "\\|")
        rows.append(f"| `{one.name}` | {takes} | {says} | {one.system or '-'} |")
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows


def test_replicas_of_one_workload_with_who_scaled_it(toolbox: Toolbox) -> None:
    found = ask(toolbox, "replica_counts", namespace="sock-shop", workload="stripe-mock")
    row = value(found)[MOCK]
    assert isinstance(row, dict)
    assert (row["desired"], row["available"]) == (0, 0)
    assert row["scaled"] == [{"at": "2025-11-11T06:30:30Z", "by": "kubectl", "from": "1", "to": "0"}]
    assert "desired 0, ready 0, available 0, scaled from 1 to 0 at 06:30:30Z by kubectl" in found.text
    assert toolbox.cite(found.id) is found


@pytest.mark.parametrize("workload", ["payment", "deployment/payment", "sock-shop/deployment/payment", " Payment "])
def test_the_same_question_has_the_same_id(toolbox: Toolbox, workload: str) -> None:
    found = ask(toolbox, "pod_status", namespace="sock-shop", workload=workload)
    assert found.id == "pod_status/sock-shop/deployment/payment"


def test_pods_in_trouble_come_first_with_why() -> None:
    found = ask(box(RUNS / "harbourline/r-be7607"), "pod_status", namespace="fulfilment")
    assert found.text.splitlines()[0] == "fulfilment: 2 of 4 pods ready, 1 finished, 1 unhealthy"
    first = found.text.splitlines()[1]
    assert first.startswith("ticket-printer-")
    assert "restarts 5 (in the window: 5)" in first
    assert "ended: OOMKilled, exit code 137" in first


def test_a_node_in_trouble_is_told_with_its_pods() -> None:
    found = ask(box(RUNS / "harbourline/r-8c43e2"), "pod_status", namespace="booking")
    assert found.text.splitlines()[1] == "node hl-node-b: Ready is Unknown since 23:14:42Z"


def test_lines_are_counted_and_shown_once_for_many_alike(toolbox: Toolbox) -> None:
    found = ask(toolbox, "search_logs", namespace="sock-shop", workload="payment", pattern="refused|timed? out")
    counts = value(found)
    assert (counts["matches"], counts["lines"], counts["in_window"], counts["before"]) == (3, 17, 3, 0)
    assert (counts["first"], counts["read"]) == ("2025-11-11T06:37:53.312100Z", "as a pattern")
    assert found.text.splitlines()[0].startswith("3 of 17 lines match (sock-shop/deployment/payment, ")
    assert sum(line.startswith("3 times 06:37:53Z to 06:39:04Z payment: ") for line in found.text.splitlines()) == 1
    assert "| grep -iE 'refused|timed? out'" in found.query


def test_a_search_that_finds_nothing_is_empty_and_says_of_how_much(toolbox: Toolbox) -> None:
    found = ask(toolbox, "search_logs", namespace="sock-shop", workload="payment", pattern="out of memory")
    assert (found.status, found.text.partition(" (")[0]) == ("empty", "0 of 17 lines match")


def test_without_a_pattern_logs_are_digested(toolbox: Toolbox) -> None:
    found = ask(toolbox, "search_logs", namespace="sock-shop")
    assert "deployment/payment: 17 lines; calls to deployment/stripe-mock: 3 of 3 failed (refused 3)" in found.text


def test_callees_come_with_owner_endpoints_and_how_calls_went(toolbox: Toolbox) -> None:
    found = ask(toolbox, "dependencies", namespace="sock-shop", workload="payment")
    calls = value(found)["calls"]
    assert isinstance(calls, dict)
    assert (calls[MOCK]["failed"], calls[MOCK]["owner"]) == (3, "third party: Stripe")
    assert calls[MOCK]["endpoints"] == {"stripe-mock": {"ready": 0, "not_ready": 0}}


def test_changes_come_with_time_and_author(toolbox: Toolbox) -> None:
    found = ask(toolbox, "recent_changes", namespace="sock-shop")
    assert found.text.splitlines()[1] == "06:30:30Z deployment/stripe-mock replicas: ? -> 0 (by kubectl)"


def test_a_signal_is_told_before_and_in_the_window() -> None:
    found = ask(box(RUNS / "harbourline/r-be7607"), "metric_query", namespace="fulfilment", signal="restarts")
    assert (value(found)["value"], value(found)["unit"]) == (5, "restarts")


def test_signals_are_digested_the_most_changed_first_growth_by_the_minute() -> None:
    throttled = box(RUNS / "harbourline/r-6114d9")
    found = ask(throttled, "metric_query", namespace="booking", workload="cashier")
    assert found.text.splitlines()[1].startswith("cpu_throttled_periods (periods): before 192 (12 a minute)")
    named = ask(throttled, "metric_query", namespace="booking", workload="cashier", signal="queue_messages")
    assert named.status == "empty"
    assert "there are samples of " in named.text


def test_a_provider_tells_of_its_incident() -> None:
    found = ask(box(RUNS / "cedarcare/r-a425d5"), "provider_status", provider="auth0")
    assert found.text.splitlines()[2].startswith("Auth0 incident since 07:14:00Z, open, major: ")


def test_datadog_is_searched_in_its_own_syntax(toolbox: Toolbox) -> None:
    found = ask(toolbox, "datadog_search", query="service:sock-shop-payment-gateway refused")
    assert found.text.startswith("3 lines match")


def test_one_object_is_described_without_secrets(toolbox: Toolbox, bare: Toolbox) -> None:
    found = ask(toolbox, "describe", kind="svc", name="stripe-mock", namespace="sock-shop")
    assert "endpoints: ready 0, not_ready 0" in found.text
    settings = {"API_TOKEN": "s3cr3t-value-9f", "URL": "postgres://u:hunter22@db/x", "file": "a\n" * 200}
    bare.snapshot.objects["ConfigMap"].append(ConfigMap(TrackedMeta("settings", "shop"), settings))
    bare.snapshot.logs[LogRef("shop", "a-1", "a")] = read_log("")
    told = ask(bare, "describe", kind="configmaps", name="settings", namespace="shop")
    for secret in ("s3cr3t", "hunter22"):
        assert secret not in told.text + json.dumps(told.value)
    assert "file (400 characters)" in told.text


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("replica_counts", {}, "replica_counts: namespace: it is missing; it takes namespace, workload"),
        ("replica_counts", {"namespace": 3}, "replica_counts: namespace: Input should be a valid string"),
        ("pod_status", {"namespace": "sock-shop", "verb": "x"}, "pod_status: there is no argument 'verb'; it takes"),
        ("pod_status", {"namespace": "sockshop"}, "no namespace 'sockshop' in what was read; did you mean sock-shop?"),
        ("pod_status", {"namespace": "sock-shop", "workload": "paymnt"}, "did you mean payment?"),
        ("pod_status", {"namespace": "kube-system", "workload": "payment"}, "not in kube-system, but in sock-shop"),
        ("pod_status", {"namespace": "sock-shop\x00"}, "namespace holds characters that can't be printed"),
        ("search_logs", {"namespace": "sock-shop", "pattern": "x" * 500}, "pattern is too long; at most 400"),
        ("metric_query", {"namespace": "sock-shop", "signal": "memry"}, "no such signal; did you mean memory?"),
        ("describe", {"kind": "Secret", "name": "x"}, "Secrets are never read"),
        ("describe", {"kind": "deplyment", "name": "x"}, "no such kind here; did you mean deployment"),
        ("describe", {"kind": "node", "name": "sockshop-wrker"}, "did you mean sockshop-worker"),
        ("promql", {"query": "up"}, "promql: no such system is configured here; ask metric_query"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_told_how_to_ask_better(
    toolbox: Toolbox, tool: str, arguments: dict[str, object], said: str
) -> None:
    with pytest.raises(ToolError) as refused:
        QUESTIONS[tool].ask(toolbox, arguments)
    assert said in str(refused.value)


def test_what_is_not_there_is_not_offered(toolbox: Toolbox, bare: Toolbox) -> None:
    assert set(QUESTIONS) - set(offered(toolbox)) == {"promql"}
    assert {"metric_query", "datadog_search", "provider_status"}.isdisjoint(offered(bare))


def test_however_much_there_is_an_answer_stays_in_its_bounds_and_says_what_it_left_out(bare: Toolbox) -> None:
    bad = PodStatus(phase="Pending", conditions=[Condition("PodScheduled", "False", "Unschedulable", "no room " * 40)])
    bare.snapshot.objects["Pod"] = [Pod(Meta(f"batch-{n:03}", "shop"), status=bad) for n in range(300)]
    found = ask(bare, "pod_status", namespace="shop")
    assert found.text.splitlines()[0] == "shop: 0 of 300 pods ready, 300 unhealthy"
    assert found.text.splitlines()[-1].endswith(" of 300 lines, the unhealthy first)")
    assert len(found.text) <= MOST_CHARS
    assert found.status == "truncated"
    assert len(json.dumps(found.value)) < 60_000


def test_what_could_not_be_read_is_no_empty_answer(bare: Toolbox) -> None:
    bare.snapshot.logs[LogRef("shop", "a-1", "a")] = read_log("")
    bare.snapshot.gaps.append(
        Gap(id="gap/kubernetes/pod", source="kubernetes", what="Pod", status="denied", error="no")
    )
    found = ask(bare, "pod_status", namespace="shop")
    assert (found.status, found.text) == ("denied", "shop: 0 of 0 pods ready, 0 unhealthy\nnot read: Pod (denied: no)")


def test_a_cluster_that_cannot_be_reached_is_told_as_such(bare: Toolbox) -> None:
    gap = Gap(id="gap/kubernetes/objects", source="kubernetes", what="objects", status="error", error="refused")
    bare.snapshot.gaps.append(gap)
    with pytest.raises(ToolError, match=r"^pod_status: nothing of the cluster could be read: refused$"):
        ask(bare, "pod_status", namespace="shop")


def test_a_number_that_is_none_is_not_told_as_one(bare: Toolbox) -> None:
    bare.snapshot.samples["container_memory_working_set_bytes"] = [
        Series({"namespace": "shop", "pod": "a-1"}, [(NOON.timestamp() - 60, float("nan")), (NOON.timestamp(), 7.0)])
    ]
    bare.snapshot.logs[LogRef("shop", "a-1", "a")] = read_log("")
    bare.sources = Sources(name="test", now=NOON, metrics=load_run(SIX).sources.metrics)
    json.dumps(ask(bare, "metric_query", namespace="shop", signal="memory").value, allow_nan=False)


def test_a_secret_stays_hidden_where_a_long_line_is_cut(bare: Toolbox) -> None:
    token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z0A"
    line = f"2026-03-02T11:50:00Z {'x ' * 200} password=correct-horse {'y ' * 20} key {token} refused {'z ' * 400}"
    bare.snapshot.logs[LogRef("shop", "a-1", "a")] = read_log(line)
    found = ask(bare, "search_logs", namespace="shop", pattern="refused")
    assert "refused" in found.text.splitlines()[-1]
    for secret in ("correct-horse", token):
        assert secret not in found.text + json.dumps(found.value)


def test_a_secret_cannot_be_found_out_by_asking_but_its_placeholder_can_be_followed(bare: Toolbox) -> None:
    lines = (
        "2026-03-02T11:50:00Z login password=correct-horse ok",
        "2026-03-02T11:51:00Z job password=correct-horse bad",
    )
    bare.snapshot.logs[LogRef("shop", "a-1", "a")] = read_log("\n".join(lines))

    def matches(pattern: str) -> object:
        return value(ask(bare, "search_logs", namespace="shop", pattern=pattern))["matches"]

    with remembered_secrets():
        assert [matches(one) for one in ("correct", "password=cor.*", "password=.*ok", "login")] == [0, 0, 1, 1]
        placeholder = ask(bare, "search_logs", namespace="shop", pattern="login").text.split("password=")[1].split()[0]
        assert matches(placeholder) == 2


def test_logs_that_the_sweep_left_out_are_read_when_asked_for() -> None:
    with served(SIX) as systems:
        toolbox, requests = systems.toolbox, systems.kubernetes.requests
        toolbox.snapshot.logs.clear()
        before = len(requests)
        found = ask(toolbox, "search_logs", namespace="sock-shop", workload="payment", pattern="refused")
        assert value(found)["matches"] == 3
        # The current instance, and the one before it, which ended an hour before the window.
        assert [request.path.rpartition("/")[2] for request in requests[before:]] == ["log", "log"]
        assert requests[-1].target.endswith("&previous=true") or requests[-2].target.endswith("&previous=true")
        ask(toolbox, "search_logs", namespace="sock-shop", workload="payment", pattern="charges")
        assert len(requests) == before + 2


def test_a_log_that_may_not_be_read_is_told_in_the_servers_words() -> None:
    with served(SIX) as systems:
        systems.toolbox.snapshot.logs.clear()
        systems.kubernetes.faults = on("/log", Fault(status=403))
        found = ask(systems.toolbox, "search_logs", namespace="sock-shop", workload="payment", pattern="refused")
        assert found.status == "denied"
        assert found.text.splitlines()[1].startswith("not read: denied: ")


def test_a_container_that_has_not_started_has_no_log_and_is_told_so() -> None:
    found = ask(box(RUNS / "desk/r-fff521"), "search_logs", namespace="sock-shop", workload="payment")
    assert found.text.splitlines()[1] == "not started: payment (ImagePullBackOff)"
    assert found.status == "empty"


def test_tools_may_be_asked_at_once() -> None:
    with served(SIX) as systems:
        systems.toolbox.snapshot.logs.clear()
        names = ["payment", "orders", "carts", "user", "catalogue", "front-end", "shipping", "rabbitmq"] * 4
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda one: ask(systems.toolbox, "search_logs", namespace="sock-shop", workload=one), names)
            )
        assert len({answer.id for answer in answers}) == 8


def test_promql_is_evaluated_by_the_store_or_told_how_to_mend_it() -> None:
    with served(RUNS / "harbourline/r-be7607") as systems:
        found = ask(systems.toolbox, "promql", query='kube_pod_container_status_restarts_total{namespace="fulfilment"}')
        assert (found.status, value(found)["count"]) == ("ok", 1)
        with pytest.raises(
            ToolError, match=r"^promql: no PromQL: rate takes a range, such as rate\(some_metric\[5m\]\)$"
        ):
            ask(systems.toolbox, "promql", query="rate(up)")
