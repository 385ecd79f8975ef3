"""Every shipped run, served over HTTP, diagnosed live, recorded anew and replayed: three times the same answer.

Logs of pods that are gone are left out of the recording: no API server has them.

`python -m evals.benchmarks.rerecorded [RUNS]`; exit status 1 when an answer differs.
"""

import sys
import tempfile
from pathlib import Path
from typing import cast

import msgspec

from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.record import record
from agent.run_input import load_run
from agent.sweep import LIVE
from evals.decided import decided
from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.live_cluster import live_cluster
from evals.loopback.store import store_of_run
from evals.loopback.what_is_left import WhatIsLeft
from evals.run import find_runs
from tools.kubernetes.requests import Bounds
from tools.source import ClusterSource

_SHIPPED = Path(__file__).parents[1] / "runs"


def answers(folder: Path, scratch: Path) -> dict[str, Diagnosis]:
    """What the run's recording, the live systems and the new recording say."""
    run = load_run(folder)
    bounds = Bounds(requests=LIVE.requests, seconds=LIVE.seconds or 0.0)
    recorded = msgspec.structs.replace(run.sources, cluster=WhatIsLeft(cast("ClusterSource", run.sources.cluster)))
    found = {"recording": diagnose(run.incident, recorded, run.boundary)}
    with ApiServer(Answers(store_of_run(folder))) as server:
        with live_cluster(server, run.incident, bounds) as cluster:
            sources = msgspec.structs.replace(run.sources, cluster=cluster)
            found["live"] = diagnose(run.incident, sources, run.boundary, limits=LIVE)
        with live_cluster(server, run.incident, bounds, keep=True) as cluster:
            sources = msgspec.structs.replace(run.sources, cluster=cluster)
            again = load_run(record(sources, run.incident, scratch / "out", limits=LIVE).folder)
    found["recorded anew"] = diagnose(again.incident, again.sources, run.boundary)
    return found


def main() -> int:
    """Print what differs, and how many agree."""
    runs = find_runs([Path(one) for one in sys.argv[1:]] or [_SHIPPED])
    agree = 0
    for folder in runs:
        with tempfile.TemporaryDirectory() as scratch:
            found = {what: decided(one) for what, one in answers(folder, Path(scratch)).items()}
        differs = [what for what, one in found.items() if one != found["recording"]]
        agree += not differs
        if differs:
            sys.stdout.write(f"{folder.name}: {', '.join(differs)} differs: {found}\n")
    sys.stdout.write(f"{agree} of {len(runs)} runs: recording, live systems and the recording of those agree\n")
    return int(agree < len(runs))


if __name__ == "__main__":
    sys.exit(main())
