"""Serve a run folder as a Kubernetes API and a metric store: `python -m evals.loopback RUN KUBECONFIG` until Ctrl-C."""

import argparse
import sys
from pathlib import Path

from evals.loopback.answers import Answers, Rights
from evals.loopback.api_server import ApiServer
from evals.loopback.prometheus import PrometheusServer, samples_of_run
from evals.loopback.serving import until_interrupted
from evals.loopback.store import store_of_run
from tools.errors import InputError


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.loopback", description="Serve a run folder on this machine.")
    parser.add_argument("run", metavar="RUN", type=Path)
    parser.add_argument("kubeconfig", metavar="KUBECONFIG", type=Path, help="is written")
    parser.add_argument("--only", metavar="NAMESPACE", action="append", help="the account may read nothing else")
    parser.add_argument("--hide", metavar="RESOURCE", action="append", default=[], help="such as pods.log or nodes.")
    parser.add_argument("--more", metavar="RIGHT", action="append", default=[], help="such as 'create pods/exec.'")
    return parser.parse_args()


def main() -> None:
    """Serve, and write the kubeconfig that leads here."""
    asked = _asked()
    try:
        store, samples = store_of_run(asked.run), samples_of_run(asked.run)
    except InputError as error:
        sys.exit(str(error))
    rights = Rights(frozenset(asked.only) if asked.only else None, frozenset(asked.hide), frozenset(asked.more))
    with ApiServer(Answers(store, rights)) as server, PrometheusServer(samples) as metrics:
        server.kubeconfig(asked.kubeconfig)
        until_interrupted(
            f"serving {store.name} at {server.url}; kubeconfig: {asked.kubeconfig}\n"
            f"its samples: PROMETHEUS_URL={metrics.url}\n"
        )


if __name__ == "__main__":
    main()
