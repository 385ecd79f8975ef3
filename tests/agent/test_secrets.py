"""A secret of a recording stays out of every form of the answer."""

import json
from pathlib import Path

from agent.diagnose import diagnose
from agent.report.json_form import json_text
from agent.report.markdown import markdown
from agent.report.text import text
from agent.run_input import load_run

SECRET = "hunter2-very-secret"  # noqa: S105 - a made-up one, to be looked for


def test_no_form_of_the_answer_shows_a_secret(run_folder: Path) -> None:
    path = run_folder / "cluster.json"
    listed = json.loads(path.read_text())
    for one in listed["items"]:
        if one["kind"] == "Deployment":
            for box in one["spec"]["template"]["spec"]["containers"]:
                box["env"] = [
                    *box.get("env", []),
                    {"name": "API_TOKEN", "value": SECRET},
                    {"name": "DATABASE_URL", "value": f"postgres://app:{SECRET}@db:5432/app"},
                ]
    path.write_text(json.dumps(listed))
    for log in (run_folder / "logs").rglob("payment*.log"):
        log.write_text(log.read_text().replace("connection refused", f"connection refused password={SECRET}"))

    run = load_run(run_folder)
    found = diagnose(run.incident, run.sources, run.boundary)

    assert found.verdict == "external"
    for form in (json_text(found), text(found), markdown(found)):
        assert SECRET not in form
    assert all(claim.verified for cause in found.causes for claim in cause.claims)
