"""One run folder, loaded and diagnosed in a process of its own: `python -m evals.benchmarks.scale_once FOLDER`.

Prints one JSON object: CPU seconds of loading and of `diagnose()`, which is one thread that waits for nobody, and the
peak of resident memory in MB. CPU time is what a busy machine does not change much.
"""

import json
import resource
import sys
import time
from pathlib import Path

from agent.diagnose import diagnose
from agent.run_input import load_run

_KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024**2


def main(folder: Path) -> None:
    """Measure first, then print the answer beside the label's scores."""
    start = time.process_time()
    run = load_run(folder)
    loaded = time.process_time()
    diagnosis = diagnose(run.incident, run.sources, run.boundary)
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MB
    measured = {"load": loaded - start, "diagnose": done - loaded, "memory": peak}
    sys.stdout.write(json.dumps({**measured, "diagnosis": diagnosis.model_dump(mode="json")}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
