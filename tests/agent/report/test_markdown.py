import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from agent.diagnosis import Claim, Diagnosis
from agent.report.markdown import markdown
from agent.report.markup import fenced, link, prose, span, table
from agent.report.timeline import moments

EXPECTED = Path(__file__).parent / "expected"
HOSTILE = [
    "```\n# owned\n```",
    "~~~\n# owned",
    "`` ` ``` <script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](http://evil.example) ![x](http://evil.example/x.png)",
    "<http://evil.example>",
    "http://evil.example and www.evil.example and a@evil.example",
    "a | b \\| c \\\\| `d | <b>e</b>`",
    "| `a` | </td></tr></table><h1>x</h1>",
    "`unclosed <b>bold</b>",
    "# heading\n\n<b>x</b>",
    "- item\n1. item\n> quote\n---\n***",
    "&lt;b&gt; &#60;b&#62;",
    "\x1b[31m<b>\u202ered\u202c</b>\x1b[0m",
    "[ref]: http://evil.example\n[ref]",
]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for key, value in attrs if key in {"href", "src"}]


def _rendered(source: str) -> _Tags:
    """As a page would show it: HTML allowed, tables on."""
    found = _Tags()
    found.feed(MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").render(source))
    return found


@pytest.mark.parametrize("name", ["external", "undecided", "no_fault"])
def test_the_whole_report(name: str, request: pytest.FixtureRequest) -> None:
    assert markdown(request.getfixturevalue(name)) == (EXPECTED / f"{name}.md").read_text()


def test_sections_come_in_the_order_of_an_incident_report(external: Diagnosis) -> None:
    assert re.findall(r"^## (.+)$", markdown(external), re.MULTILINE) == [
        "Summary",
        "Timeline",
        "Causal path",
        "Evidence",
        "Observability queries",
        "Ruled out",
        "Gaps",
        "Remediation",
        "Text for the vendor's ticket",
        "Provenance",
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_evidence_adds_no_markup(hostile: str, external: Diagnosis) -> None:
    # Quietly: the same report with harmless words has the same tags and links.
    meek, found = _rendered(markdown(_with("quiet words", external))), _rendered(markdown(_with(hostile, external)))
    assert found.tags <= meek.tags
    assert found.links == meek.links


@pytest.mark.parametrize("hostile", HOSTILE)
def test_evidence_breaks_no_table(hostile: str, external: Diagnosis) -> None:
    def shape(source: str) -> list[int]:
        html = MarkdownIt("commonmark").enable("table").render(source)
        return [row.count("<td") for row in html.split("<tr>")]

    assert shape(markdown(_with(hostile, external))) == shape(markdown(_with("quiet words", external)))


def _with(text: str, external: Diagnosis) -> Diagnosis:
    claim = Claim(text=text, evidence=text, op="matches_quote", value=text, verified=True)
    place = Claim(text=text, evidence=text, op="equals", path=text, value=text)
    one = external.causes[0]
    cause = one.model_copy(
        update={"component": text, "owner": text, "names": (text,), "path": (text,), "claims": (claim, place)}
    )
    other = external.ruled_out[0].model_copy(update={"component": text, "why": text})
    step = external.remediation[1].model_copy(
        update={"title": text, "component": text, "command": text, "undo": text, "who": text}
    )
    incident = external.incident.model_copy(update={"question": text, "runbooks": ()})
    made = external.provenance.model_copy(update={"looked_at": text, "notes": (text,), "engine": text})
    return external.model_copy(
        update={
            "incident": incident,
            "component": text,
            "failure_mode": text,
            "summary": text,
            "causes": (cause, cause),
            "ruled_out": (other,),
            "victims": (external.victims[0].model_copy(update={"component": text, "because": text}),),
            "remediation": (step,),
            "follow_ups": (external.follow_ups[0].model_copy(update={"query": text, "why": text}),),
            "gaps": (external.gaps[0].model_copy(update={"error": text, "evidence": text, "matters_for": text}),),
            "evidence": tuple(
                seen.model_copy(update={"id": text, "text": text, "query": text, "source": text})
                for seen in external.evidence
            ),
            "vendor_ticket": text,
            "provenance": made,
        }
    )


def test_a_fence_is_longer_than_any_run_within() -> None:
    assert fenced("a\n````\nb").splitlines()[0] == "`````"
    assert span("a ``b`` c") == "```a ``b`` c```"
    assert span("`x`") == "`` `x` ``"


def test_prose_keeps_its_words() -> None:
    assert prose("calls fail 3_times *now* | <b>") == "calls fail 3\\_times \\*now\\* \\| \\<b>"
    assert prose("see http://evil.example now") == "see `http://evil.example` now"
    assert prose("1. first") == "1\\. first"
    assert prose("- item") == "\\- item"


def test_only_web_addresses_become_links() -> None:
    assert link("https://runbooks.corp.example/a_b?x=1") == "<https://runbooks.corp.example/a_b?x=1>"
    assert link("javascript:alert(1)") == "`javascript:alert(1)`"
    assert link("https://x/> <script>") == "`https://x/> <script>`"


def test_a_bar_stays_within_its_cell() -> None:
    assert table(("a",), [("`x | y`",), ("\\|",), ("`\\\\|`",)]).splitlines()[2:] == [
        "| `x \\| y` |",
        "| \\| |",
        "| `\\\\\\|` |",
    ]


def test_the_timeline_is_in_order_and_holds_only_what_is_verified(external: Diagnosis) -> None:
    found = moments(external)
    assert [at for at, _, _ in found] == sorted(at for at, _, _ in found)
    assert "the scale event lies before the first failure" not in {what for _, what, _ in found}
    assert [(f"{at:%H:%M:%S}", evidence) for at, _, evidence in found if evidence] == [
        ("06:37:53", "logs/sock-shop/payment")
    ]


def test_a_time_that_no_calendar_has_is_left_out(external: Diagnosis) -> None:
    claim = external.causes[0].claims[1].model_copy(update={"value": "2025-13-41T99:00:00Z", "text": "odd"})
    cause = external.causes[0].model_copy(update={"claims": (claim,)})
    assert "odd" not in {what for _, what, _ in moments(external.model_copy(update={"causes": (cause,)}))}
