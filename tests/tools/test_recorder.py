"""What a recording is made of: each file says what the system said, and what is far is told to be left out."""

import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tools.datadog.items import item_of
from tools.openmetrics import openmetrics_text, parse_openmetrics
from tools.recorded_datadog import read_lines
from tools.recording_gaps import gap_rows, near_enough
from tools.redacted_files import redacted_log, redacted_object
from tools.source import Answer, SearchedLine, Series
from tools.taps import Kept

AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
NAMES = st.sampled_from(["up", "http_requests_total", "kube_pod_status_ready", "a:b"])
POINTS = st.lists(
    st.tuples(st.integers(1, 10**9).map(lambda ms: ms / 1000), st.floats(allow_nan=False)), min_size=1, max_size=4
)


@settings(max_examples=200)
@given(st.dictionaries(NAMES, st.lists(st.tuples(st.text(max_size=6), POINTS), max_size=3), max_size=3))
def test_samples_are_read_as_they_were_written(found: dict[str, list[tuple[str, list[tuple[float, float]]]]]) -> None:
    series = {
        name: [Series({"at": f"{number}{label}"}, sorted(points)) for number, (label, points) in enumerate(several)]
        for name, several in found.items()
    }
    again = parse_openmetrics(openmetrics_text(series), "metrics.om", 2e9)
    assert {name: several for name, several in series.items() if several} == again


def test_a_line_of_a_search_is_read_as_it_was_written(tmp_path: Path) -> None:
    tags = ("kube_namespace:shop", "env:prod")
    line = SearchedLine(
        AT, "payment declined", "shop", "pay-1", "pay", "pay", status="error", host="n1", tags=tags,
        attributes={"order": {"id": 7}},
    )  # fmt: skip
    event = SearchedLine(AT, "scaled", title="Scaled to 0")
    path = tmp_path / "logs.jsonl"
    path.write_text("".join(json.dumps(item_of(one)) + "\n" for one in (line, event)))
    first, second = read_lines(path, AT)
    assert (first.text, first.namespace, first.pod, first.container) == ("payment declined", "shop", "pay-1", "pay")
    assert (first.status, first.host, first.attributes) == ("error", "n1", {"order": {"id": 7}})
    assert set(tags) <= set(first.tags)
    assert (second.title, second.text) == ("Scaled to 0", "scaled")


def test_where_not_all_objects_fit_the_near_ones_are_whole_and_the_others_told() -> None:
    objects = [
        {"kind": "Pod", "metadata": {"namespace": f"team-{number % 4}", "name": f"pod-{number}"}} for number in range(8)
    ]
    node = {"kind": "Node", "metadata": {"name": "n1"}}
    kept, far = near_enough([*objects, node], frozenset({"team-1", "kube-system"}), most=100)
    assert [one["metadata"]["name"] for one in kept] == ["pod-1", "pod-5", "n1"]
    assert (far.objects, far.namespaces) == (6, ("team-0", "team-2", "team-3"))
    answers = Kept()
    answers.lists = {("Pod", ""): Answer([], "q"), ("Node", ""): Answer([], "q")}
    rows = gap_rows(answers, [], far)
    assert [(row["what"], row["status"], row["whole_in"]) for row in rows] == [
        ("Pod", "truncated", ["kube-system", "team-1"])
    ]
    assert near_enough(objects, frozenset(), most=10_000) == (objects, type(far)())


def test_a_key_over_several_lines_is_left_out_to_its_end_and_no_further() -> None:
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    at = "2026-01-05T08:00:00Z"
    clean = redacted_log(f"t1Z start\n{at} {begin}\n{at} MIIEpAIB+/=\n{at} {end}\nt2Z on\n")
    assert "MIIE" not in clean
    assert clean.splitlines()[0] == "t1Z start"
    assert clean.splitlines()[-1] == "t2Z on"
    assert redacted_log(f'{begin} MIIE\nlevel=info msg="went on"\n').splitlines()[-1] == 'level=info msg="went on"'


def test_references_to_secrets_stay_and_values_go() -> None:
    env = [
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "stripe", "key": "token"}}},
        {"name": "DB_PASSWORD", "value": "hunter2"},
    ]
    found = redacted_object({"env": env, "args": ["--api-key", "abc", "--api-key=abcdef", "run"], "secretName": "tls"})
    assert isinstance(found, dict)
    assert found["env"][0] == env[0]
    assert found["env"][1]["value"] == "REDACTED_secret"
    assert found["args"] == ["--api-key", "REDACTED_password", "--api-key=REDACTED_secret", "run"]
    assert found["secretName"] == "tls"
