"""Whatever lies in a folder, a dump of it is answered or refused in one line."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.cli.asked import Asked
from agent.cli.chosen import Chosen, load
from agent.diagnose import diagnose
from agent.report.text import text
from tools.errors import InputError

SNIPPETS = [
    b"$ kubectl get pods -n shop\n",
    b"NAME   READY   STATUS   RESTARTS   AGE\n",
    b"web-5d8f7c9b6d-x2x4z   0/1   CrashLoopBackOff   7 (2m ago)   14m\n",
    b"web-5d8f7c9b6d-x2x4z   x/y   Running   - (zz ago)   9999999999d\n",
    b"NAMESPACE   NAME   CPU(cores)   MEMORY(bytes)\nshop   web   99999999999999999999m   1Mi\n",
    b"Name:  web\nNamespace:  shop\nContainers:\n  web:\n    State: Waiting\nStatus: Running\nEvents: <none>\n",
    b"Name:   web\nReplicas:  1 desired | 0 total\nStrategyType: x\n",
    b'{"kind": "Pod", "metadata": {"name": [], "creationTimestamp": "never"}, "status": {"conditions": 3}}\n',
    b'{"kind": "List", "items": [{"kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": "x"}}]}\n',
    b'{"kind": "PodList", "items": [{"metadata": {"name": "a", "namespace": 7, "uid": "1"}}, 3, null]}\n',
    b"apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop, uid: x}\nspec: {ports: [{port: 1e99}]}\n",
    b"apiVersion: v1\nkind: Pod\nmetadata: &a {name: web, labels: *a}\n",
    b"kind: Event\nmetadata: {name: e, creationTimestamp: 2025-01-01}\nlastTimestamp: 0001-01-01T00:00:00Z\n",
    b'Error from server (Forbidden): pods is forbidden: User cannot list resource "pods"\n',
    b"No resources found in shop namespace.\n",
    b"LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n<unknown>   Warning   BackOff   pod/web   oops\n",
    b"LAST SEEN   FIRST SEEN   COUNT   OBJECT\n5m   9m   x   pod/\n",
    b"[pod/web-5d8f7c9b6d-x2x4z/web] 2025-11-07T15:17:04Z ERROR dial tcp 10.0.0.1:80: connect: connection refused\n",
    b"2025-11-07T15:17:04.242848331Z panic: oh\n",
    b"9999-99-99T99:99:99Z impossible\n",
    b"==== START logs for container web of pod shop/web ====\nhello\n==== END logs\n",
    b"Fri Nov  7 15:17:04 UTC 2025\n",
    b"$ kubectl logs deploy/web -n shop -c\n",
    b"kubectl -n\n",
    b"$ kubectl get pods \\\n",
    b"\n\n",
    b"\xff\xfe\x00k\x1b[31m",
    b"---\n",
]
NAMES = ["a.txt", "web-5d8f7c9b6d-x2x4z.log", "shop/web.previous.log", "deep/er/pods.json", "x"]


def _answer(folder: Path, asked: Asked) -> str:
    try:
        found = load(Chosen(dump=folder), asked)
    except InputError as error:
        return str(error)
    return text(diagnose(found.incident, found.sources, found.boundary), False)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.lists(st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=40)), max_size=8),
            st.booleans(),
        ),
        max_size=4,
    ),
    st.sampled_from([None, "shop"]),
)
def test_no_folder_makes_a_traceback(files: list[tuple[str, list[bytes], bool]], namespace: str | None) -> None:
    with TemporaryDirectory() as place:
        for name, pieces, packed in files:
            path = Path(place, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            raw = b"".join(pieces)
            path.write_bytes(gzip.compress(raw)[: -1 if len(raw) % 2 else None] if packed else raw)
        said = _answer(Path(place), Asked(namespace=namespace))
        assert said.startswith("Looked at") or "\n" not in said


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=300), st.sampled_from(NAMES))
def test_no_text_makes_a_traceback(said: str, name: str) -> None:
    with TemporaryDirectory() as place:
        path = Path(place, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(said.encode(errors="replace"))
        said = _answer(Path(place), Asked())
        assert said.startswith("Looked at") or "\n" not in said
