"""Starting the loopback endpoint on a command line."""

import argparse
import json
import sys
from pathlib import Path

import msgspec

from evals.agents import script_named
from evals.loopback.faults import Fault, Faults, always
from evals.loopback.openai import Abilities, ChatServer
from evals.loopback.serving import until_interrupted
from evals.results import read_lines
from evals.turns import Script, Turn, in_order
from tools.errors import InputError

FAULTS = {
    "none": Fault(),
    "401": Fault(status=401),
    "429": Fault(status=429, retry_after=1),
    "500": Fault(status=500),
    "cut": Fault(keep=200),
    "slow": Fault(drip=0.02),
    "html": Fault(body=b"<html><body><h1>Sign in to the proxy</h1></body></html>"),
    "hang": Fault(hang=True),
    "close": Fault(close=True),
}


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m evals.loopback.openai", description=__doc__)
    parser.add_argument("script", help="a script's name, a JSON file of turns, or DIR/RUN of recorded results")
    parser.add_argument("--model", default="scripted", help="the name that the model goes by")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", choices=FAULTS, default="none", help="what goes wrong with every answer")
    parser.add_argument("--without", default="", metavar="WHAT,WHAT", help="of tools, schema, stream, usage")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    try:
        script, abilities = _script(chosen.script, chosen.seed), _abilities(chosen.without)
    except InputError as error:
        sys.exit(str(error))
    with ChatServer(script, _faults(chosen.fault), abilities, [chosen.model], chosen.port) as server:
        until_interrupted(f"export OPENAI_BASE_URL={server.base_url} OPENAI_API_KEY={server.token}\n")


def _faults(name: str) -> Faults:
    return always(FAULTS[name])


def _abilities(without: str) -> Abilities:
    names = [one.strip() for one in without.split(",") if one.strip()]
    unknown = [one for one in names if one not in Abilities.__struct_fields__]
    if unknown:
        raise InputError("--without", None, f"expected {', '.join(Abilities.__struct_fields__)}, got {unknown[0]!r}")
    return Abilities(**dict.fromkeys(names, False))


def _script(named: str, seed: int) -> Script:
    path = Path(named)
    if path.is_file():
        try:
            return in_order(msgspec.convert(json.loads(path.read_bytes()), list[Turn]))
        except (ValueError, msgspec.ValidationError) as error:
            raise InputError(named, None, f"expected a JSON list of turns: {error}") from None
    if path.parent.is_dir() and (path.parent / "results.jsonl").is_file():
        for line in read_lines(path.parent):
            if line.run == path.name and line.turns:
                return in_order(line.turns)
        raise InputError(named, None, "no turns are recorded for this run")
    return script_named(named)(seed)
