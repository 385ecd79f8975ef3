"""What a model gets to read, in o200k tokens: `python -m evals.benchmarks.first_request [--all] [--write FILE]`.

Counted is what goes over the wire to an OpenAI-compatible endpoint: the messages and the schemas of the tools.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from agent.budget import Budget
from agent.cli.model import SECONDS_A_REQUEST
from agent.consult import Model
from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.investigators import investigator_of
from agent.run_input import load_run
from agent.settings import ModelSettings
from evals.loopback.openai import ChatServer
from evals.run import find_runs
from evals.turns import Call, Script, Turn, in_order, tokens_of

INCIDENT_6 = Path("evals/runs/sockshop/r-2a6171")
_CLAIMS = [
    (
        "stripe-mock wants no replicas",
        "deployment/sock-shop/stripe-mock",
        "replicas: desired: 0, ready: 0, available: 0",
    ),
    ("payment's calls to it are refused", "sweep", "payment -> stripe-mock: 3 of 3 calls failed (connections refused)"),
    (
        "somebody scaled it down when the window began",
        "events/sock-shop/deployment/stripe-mock",
        "Scaled down replica set stripe-mock-84fd48f97d from 1 to 0",
    ),
]
LOOKS = Turn(calls=(Call("replica_counts", {"namespace": "sock-shop", "workload": "stripe-mock"}),))
CONFIRMS = Turn(
    calls=(
        Call(
            "Conclusion",
            {
                "verdict": "external",
                "hypothesis": 1,
                "summary": "Stripe's stand-in stripe-mock was scaled to zero; payment's charges are refused since.",
                "claims": [{"says": says, "evidence": where, "quote": quote} for says, where, quote in _CLAIMS],
            },
        ),
    )
)


def asked(folder: Path, script: Script) -> tuple[Diagnosis, list[dict[str, Any]]]:
    """The diagnosis of a run with a scripted model behind a loopback endpoint, and every request body."""
    run = load_run(folder)
    with ChatServer(script) as server:
        settings = ModelSettings.model_validate({"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": server.token})
        model = Model(investigator_of(["scripted"], settings, SECONDS_A_REQUEST), budget=Budget())
        found = diagnose(run.incident, run.sources, run.boundary, model)
        return found, [json.loads(request.body) for request in server.requests]


def parts(body: dict[str, Any]) -> dict[str, int]:
    """Tokens of a first request by part; the tool that submits the conclusion apart from the others."""
    system, message = (one["content"] for one in body["messages"][:2])
    tools = {one["function"]["name"]: tokens_of(json.dumps(one)) for one in body["tools"]}
    conclusion = tools.pop("Conclusion", 0)
    counted = {"system": tokens_of(system), "message": tokens_of(message), "conclusion": conclusion}
    counted[f"{len(tools)} tools"] = sum(tools.values())
    return counted


def sent(body: dict[str, Any]) -> int:
    """Tokens of any request: contents, tool calls and tools."""
    texts = [one.get("content") or "" for one in body["messages"]]
    calls = [json.dumps(one["tool_calls"]) for one in body["messages"] if one.get("tool_calls")]
    return sum(map(tokens_of, [*texts, *calls, *(json.dumps(one) for one in body["tools"])]))


def report(every: bool) -> tuple[list[str], dict[str, Any]]:
    """The figures as lines, and the first request; `every`: of all shipped runs too."""
    found, bodies = asked(INCIDENT_6, in_order([LOOKS, CONFIRMS]))
    counted, made = parts(bodies[0]), found.provenance
    whole = f"{sum(map(sent, bodies))} in, {made.tokens_out} out, {made.model_calls} model calls"
    lines = [f"first request on incident-6: {sum(counted.values())} tokens"]
    lines += [f"  {name:<12} {count:>6}" for name, count in counted.items()]
    lines.append(f"whole diagnosis of incident-6 with one tool asked: {whole}")
    if every:
        sizes = sorted(sent(asked(one, in_order([Turn()]))[1][0]) for one in find_runs([Path("evals/runs")]))
        p95, most = sizes[int(0.95 * (len(sizes) - 1))], sizes[-1]
        lines.append(
            f"first request of {len(sizes)} runs: median {statistics.median(sizes):.0f}, p95 {p95}, most {most}"
        )
    return lines, bodies[0]


def main() -> None:
    """Print the figures; `--write` keeps the request for people and for the test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="also the first request of every shipped run")
    parser.add_argument("--write", type=Path, help="write incident-6's first request as JSON")
    options = parser.parse_args()
    lines, body = report(options.all)
    if options.write:
        options.write.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
