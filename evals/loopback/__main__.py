"""Serve a run folder as a Kubernetes API and a metric store: `python -m evals.loopback RUN KUBECONFIG` until Ctrl-C."""

import sys
from pathlib import Path
from threading import Event

from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.prometheus import PrometheusServer, samples_of_run
from evals.loopback.store import store_of_run
from tools.errors import InputError


def main() -> None:
    """Serve, and write the kubeconfig that leads here."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m evals.loopback RUN KUBECONFIG")
    try:
        store, samples = store_of_run(Path(sys.argv[1])), samples_of_run(Path(sys.argv[1]))
    except InputError as error:
        sys.exit(str(error))
    with ApiServer(Answers(store)) as server, PrometheusServer(samples) as metrics:
        server.kubeconfig(Path(sys.argv[2]))
        sys.stdout.write(f"serving {store.name} at {server.url}; kubeconfig: {sys.argv[2]}\n")
        sys.stdout.write(f"its samples: PROMETHEUS_URL={metrics.url}\n")
        sys.stdout.flush()
        try:
            Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
