"""A real Prometheus over a run folder's samples: `python -m evals.lab.telemetry RUN` until Ctrl-C."""

import signal
import sys
import tempfile
from pathlib import Path

from evals.lab.telemetry.prometheus import backfill, packages, prometheus
from evals.loopback.prometheus import samples_of_run
from evals.loopback.serving import until_interrupted
from tools.errors import InputError


def main() -> None:
    """Serve, and say where."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m evals.lab.telemetry RUN")
    # Python would go at once, and leave the store running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory() as folder:
            programs = packages()
            backfill(programs, samples_of_run(Path(sys.argv[1])), Path(folder) / "data")
            with prometheus(programs, Path(folder)) as store:
                known = f"Prometheus {programs.versions['prometheus']} with the samples of {sys.argv[1]}"
                until_interrupted(f"{known}: PROMETHEUS_URL={store.url}\n")
    except InputError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
