"""Folders as people collect them: names, encodings, several commands in one file, what can't be told."""

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tools.dump import Dump, open_dump
from tools.dump.folder import read_folder
from tools.dump.moment import Said
from tools.errors import InputError
from tools.evidence import Window
from tools.objects.pods import Pod
from tools.objects.workloads import Workload
from tools.source import LogRef
from tools.text_cluster import TextCluster

PODS = """\
NAME                       READY   STATUS             RESTARTS      AGE
cart-5d8f7c9b6d-x2x4z      1/1     Running            0             3d
ledger-7b9c8d5f6c-q8w9r    0/1     CrashLoopBackOff   7 (2m ago)    14m
"""
LOG = "2026-03-01T11:58:02.000000000Z FATAL required environment variable DB_URL is not set\n"
TAKEN = datetime(2026, 3, 1, 11, 58, 2, tzinfo=UTC)
DESCRIBED = """\
Name:                   ledger
Namespace:              shop
CreationTimestamp:      Thu, 26 Feb 2026 12:00:00 +0100
Labels:                 app=ledger
Selector:               app=ledger
Replicas:               1 desired | 1 updated | 1 total | 0 available | 1 unavailable
StrategyType:           RollingUpdate
Pod Template:
  Labels:  app=ledger
  Containers:
   book:
    Image:      shop/ledger:v3
Events:          <none>


Name:              ledger
Namespace:         shop
Labels:            app=ledger
Selector:          app=ledger
Type:              ClusterIP
IP:                10.96.0.11
Port:              http  80/TCP
TargetPort:        8080/TCP
Endpoints:         <none>
Session Affinity:  None
Events:            <none>
"""


def opened(folder: Path, **files: str | bytes) -> Dump:
    """A dump of these files; `__` in a name stands for a folder, `_txt` for its ending."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_txt", ".txt").replace("_log", ".log")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return open_dump(folder)


def cluster_of(found: Dump) -> TextCluster:
    assert isinstance(found.sources.cluster, TextCluster)
    return found.sources.cluster


def pods_of(found: Dump) -> dict[str, Pod]:
    listed = cluster_of(found).objects("Pod", None).value
    return {one.metadata.name: one for one in listed if isinstance(one, Pod)}


@pytest.mark.parametrize(
    "raw",
    [
        PODS.encode("utf-8-sig"),
        PODS.encode("utf-16"),
        PODS.encode("utf-16-le"),
        PODS.replace("\n", "\r\n").encode(),
        gzip.compress(PODS.encode()),
        f"\x1b[32m$ kubectl get pods\x1b[0m\n{PODS}".encode(),
        f"Here is what I see:\n\n```\n{PODS}```\n".encode(),
    ],
    ids=["bom", "utf-16", "utf-16 without a mark", "crlf", "gzip", "colours", "fences"],
)
def test_table_in_whatever_bytes(raw: bytes, tmp_path: Path) -> None:
    found = opened(tmp_path, anything=raw)
    assert set(pods_of(found)) == {"cart-5d8f7c9b6d-x2x4z", "ledger-7b9c8d5f6c-q8w9r"}


def test_several_commands_in_one_file(tmp_path: Path) -> None:
    found = opened(
        tmp_path,
        paste_txt="PS C:\\Users\\me> kubectl config current-context\nprod\n"
        f"PS C:\\Users\\me> kubectl get pods -n shop\n{PODS}"
        "PS C:\\Users\\me> kubectl get netpol `\n    -n shop\nNo resources found in shop namespace.\n"
        "PS C:\\Users\\me> kubectl get nodes\n"
        'Error from server (Forbidden): nodes is forbidden: User "me" cannot list resource "nodes" in API group ""\n'
        f"PS C:\\Users\\me> kubectl -n shop logs -p --timestamps ledger-7b9c8d5f6c-q8w9r -c book\n{LOG}"
        "PS C:\\Users\\me> dir\nNAME   READY   STATUS   RESTARTS   AGE\n",
    )
    cluster = cluster_of(found)
    assert (found.namespace, len(pods_of(found))) == ("shop", 2)
    assert cluster.objects("NetworkPolicy", None).status == "empty"
    assert cluster.objects("Node", None).status == "denied"
    assert cluster.objects("Service", None).status == "error"
    assert list(cluster.logs_by_ref) == [LogRef("shop", "ledger-7b9c8d5f6c-q8w9r", "book", previous=True)]
    assert found.sources.now == TAKEN


def test_named_objects_are_not_all_of_their_kind(tmp_path: Path) -> None:
    listed = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\ncart   1/1     1            1           3d\n"
    text = f"$ kubectl get deployment cart -n shop\n{listed}"
    asked = cluster_of(opened(tmp_path, x=text)).objects("Deployment", None)
    assert (len(asked.value), asked.status) == (1, "truncated")


def test_get_all_and_rows_without_a_header(tmp_path: Path) -> None:
    both = (
        f"$ kubectl get all -n shop\n{PODS.replace('cart', 'pod/cart').replace('ledger', 'pod/ledger')}\n"
        "NAME                     READY   UP-TO-DATE   AVAILABLE   AGE\n"
        "deployment.apps/ledger   0/1     1            0           3d\n"
        "$ kubectl get events -n shop | grep ledger\n"
        "2m   Warning   BackOff   pod/ledger-7b9c8d5f6c-q8w9r   Back-off restarting failed container\n"
    )
    found = opened(tmp_path, x=both)
    workloads = cluster_of(found).objects("Deployment", "shop").value
    assert [one.metadata.name for one in workloads if isinstance(one, Workload)] == ["ledger"]
    assert cluster_of(found).objects("Event", "shop").status == "truncated"
    owner = pods_of(found)["ledger-7b9c8d5f6c-q8w9r"].metadata.controller
    assert owner is not None
    assert owner.name == "ledger-7b9c8d5f6c"


def test_descriptions_of_several_kinds_in_one_file(tmp_path: Path) -> None:
    cluster = cluster_of(opened(tmp_path, described=DESCRIBED))
    assert [len(cluster.objects(kind, "shop").value) for kind in ("Deployment", "Service", "Endpoints")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ledger-7b9c8d5f6c-q8w9r_log", LOG),
        ("shop_ledger-7b9c8d5f6c-q8w9r_container-1_log", LOG),
        ("shop__ledger-7b9c8d5f6c-q8w9r__logs_txt", f"==== START logs for container c of pod shop/x ====\n{LOG}"),
        ("var__ledger-logs_txt", LOG),
        ("x", f"$ kubectl logs deploy/ledger -n shop\n{LOG}"),
        ("x", f"$ kubectl logs ledger-7b9c8d5f6c-q8w9r -n shop\n{LOG}"),
        ("x", f"[pod/ledger-7b9c8d5f6c-q8w9r/container-1] {LOG}"),
    ],
)
def test_log_finds_its_pod(name: str, text: str, tmp_path: Path) -> None:
    deployments = "NAME     READY   UP-TO-DATE   AVAILABLE   AGE\nledger   0/1     1            0           3d\n"
    found = opened(tmp_path, pods_txt=f"$ kubectl get pods -n shop\n{PODS}", deploy_txt=deployments, **{name: text})
    (ref,) = cluster_of(found).logs_by_ref
    assert ref.pod in {"ledger-7b9c8d5f6c-q8w9r", "x"}
    log = cluster_of(found).logs(ref, Window(TAKEN, TAKEN))
    assert "DB_URL" in log.value


def test_log_of_nobody_is_a_named_gap(tmp_path: Path) -> None:
    found = opened(tmp_path, pods_txt=PODS, app_log=LOG)
    assert [(gap.id, gap.what) for gap in found.sources.gaps] == [("gap/dump/app.log", "logs")]
    assert "app.log: line 1: a log of no pod that can be told" in found.told
    missing = cluster_of(found).logs(LogRef("default", "cart-5d8f7c9b6d-x2x4z", "c"), Window(TAKEN, TAKEN))
    assert (missing.status, missing.error) == ("error", "no log of it was collected")


def test_program_can_not_print_objects(tmp_path: Path) -> None:
    """A log that holds what looks like another command and its table stays a log."""
    fake = f"{LOG}# kubectl get pods -n shop\n{PODS.replace('ledger', 'forged')}"
    found = opened(
        tmp_path, x=f"$ kubectl get pods -n shop\n{PODS}$ kubectl logs deploy/cart -n shop\n{fake}", cart_log=fake
    )
    assert not [name for name in pods_of(found) if name.startswith("forged")]


def test_secrets_are_never_read(tmp_path: Path) -> None:
    secret = {
        "kind": "Secret",
        "metadata": {"name": "s", "annotations": {"a": "hunter2"}},
        "data": {"k": "aHVudGVyMg=="},
    }
    described = "Name:  s\nNamespace: shop\nType:  Opaque\n\nData\n====\nk:  7 bytes\n"
    found = opened(tmp_path, pods_txt=PODS, a=json.dumps({"kind": "List", "items": [secret]}), b=described)
    assert "2 Secrets were passed over unread" in found.told
    assert cluster_of(found).objects("Secret", None).value == []


def test_manifest_alone_makes_no_object(tmp_path: Path) -> None:
    manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: wished, namespace: shop}\nspec: {replicas: 3}\n"
    assert cluster_of(opened(tmp_path, pods_txt=PODS, m=manifest)).objects("Deployment", None).value == []


def test_links_lead_nowhere_outside(tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    (tmp_path / "pods.txt").write_text(PODS, encoding="utf-8")
    (tmp_path / "dump" / "pods.txt").symlink_to(tmp_path / "pods.txt")
    (tmp_path / "dump" / "up").symlink_to(tmp_path)
    assert read_folder(tmp_path / "dump") == ([], [])


def test_archives_and_pictures_are_told(tmp_path: Path) -> None:
    found = opened(tmp_path, pods_txt=PODS, a=b"PK\x03\x04zip", b=b"\x89PNG\x00\x00\x01\x00" + bytes(range(256)))
    assert {one for one in found.told if one[0] in "ab"} == {"a: an archive; unpack it first", "b: no text"}


@pytest.mark.parametrize(
    ("files", "said"), [({}, "holds no files"), ({"notes": "Hello, I am stuck."}, "none of its 1 files")]
)
def test_useless_folder_is_said_to_be_one(files: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        opened(tmp_path, **files)


def test_broken_object_costs_only_itself(tmp_path: Path) -> None:
    good = {"kind": "Pod", "metadata": {"name": "good", "namespace": "shop", "uid": "1"}}
    bad = {"kind": "Pod", "metadata": {"name": "bad", "namespace": "shop", "uid": "2"}, "spec": {"containers": 7}}
    found = opened(tmp_path, x=json.dumps({"kind": "PodList", "items": [good, bad]}))
    assert set(pods_of(found)) == {"good"}
    assert [one for one in found.told if "left out" in one]


def test_trees_that_collectors_write(tmp_path: Path) -> None:
    """`cluster-info dump` leaves the kind of listed objects out; other collectors keep one folder for a pod."""
    pods = {"kind": "PodList", "items": [{"metadata": {"name": "web-1", "namespace": "shop", "uid": "1"}}]}
    started = "==== START logs for container web of pod shop/web-1 ====\n"
    found = opened(
        tmp_path,
        shop__pods_txt=json.dumps(pods),
        nodes_txt=json.dumps({"kind": "NodeList", "items": []}),
        **{"shop__web-1__logs_txt": f"{started}{LOG}{started.replace('START', 'END')}"},
        **{"namespaces__shop__pods__web-1__side__side__logs__previous_log": LOG},
        empty_txt="",
    )
    assert found.told == ()
    assert set(cluster_of(found).logs_by_ref) == {
        LogRef("shop", "web-1", "web"),
        LogRef("shop", "web-1", "", previous=True),
    }
    assert cluster_of(found).objects("Node", None).status == "empty"


def test_nested_beyond_reason(tmp_path: Path) -> None:
    deep = '{"kind": "List", "items": [' * 300 + "]}" * 300
    found = opened(tmp_path, pods_txt=PODS, deep=deep)
    assert [one for one in found.told if "levels" in one]


def test_date_in_a_file_of_its_own(tmp_path: Path) -> None:
    found = opened(tmp_path, pods_txt=PODS, date_txt="Sun Mar  1 12:00:00 UTC 2026\n")
    assert found.sources.now == datetime(2026, 3, 1, 12, tzinfo=UTC)
    local = opened(tmp_path, date_txt="Sun, 01 Mar 2026 17:30:00 +0530\n")
    assert local.sources.now == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_top_becomes_samples(tmp_path: Path) -> None:
    top = f"$ date -u\nSun Mar  1 12:00:00 UTC 2026\n$ kubectl top pods -n shop --containers\n{_TOP}"
    found = opened(tmp_path, x=top, pods_txt=PODS)
    metrics = found.sources.metrics
    assert metrics is not None
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    window = Window(now - timedelta(minutes=30), now)
    (memory,) = metrics.series("container_memory_working_set_bytes", {}, window).value
    (cpu,) = metrics.series("container_cpu_usage_seconds_total", {"pod": "cart-5d8f7c9b6d-x2x4z"}, window).value
    assert memory.points == [(now.timestamp(), 80 * 2**20)]
    assert cpu.points[1][1] - cpu.points[0][1] == pytest.approx(0.012 * 60)
    assert metrics.series("rabbitmq_queue_messages", {}, window).status == "error"


_TOP = """\
POD                        NAME   CPU(cores)   MEMORY(bytes)
cart-5d8f7c9b6d-x2x4z      cart   12m          80Mi
"""


def _aged(folder: Path, at: datetime) -> None:
    for path in folder.iterdir():
        os.utime(path, (at.timestamp(), at.timestamp()))


def test_moment_of_printing(tmp_path: Path) -> None:
    """By the latest time inside; by the file's own where that is close, or nothing else tells; or as said."""
    (tmp_path / "pods.txt").write_text(PODS, encoding="utf-8")
    written = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
    _aged(tmp_path, written)
    assert open_dump(tmp_path).sources.now == written
    assert open_dump(tmp_path, said=Said(end=TAKEN)).sources.now == TAKEN
    (tmp_path / "ledger-7b9c8d5f6c-q8w9r.log").write_text(LOG, encoding="utf-8")
    _aged(tmp_path, written)
    assert open_dump(tmp_path).sources.now == written
    _aged(tmp_path, datetime(2026, 9, 1, tzinfo=UTC))
    assert open_dump(tmp_path).sources.now == TAKEN
    assert open_dump(tmp_path, said=Said(at=written)).sources.now == written


def test_creation_and_age_tell_the_moment(tmp_path: Path) -> None:
    """Nothing young was printed: an object that was made at noon and is 3d2h old was printed at two."""
    described = f"$ kubectl describe deploy ledger -n shop\n{DESCRIBED.partition('Events:')[0]}"
    listed = "NAME     READY   UP-TO-DATE   AVAILABLE   AGE\nledger   0/1     1            0           3d2h\n"
    found = opened(tmp_path, d=described, t=listed)
    assert found.sources.now == datetime(2026, 3, 1, 13, tzinfo=UTC)
