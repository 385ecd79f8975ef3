"""Every format in the shapes that providers send, and in odd ones."""

import html
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import InputError
from tools.source import ProviderIncident, StatusFeed
from tools.status_feeds import MAX_BYTES, FeedError, read_feed
from tools.status_feeds.recorded import read_feeds, recorded_form
from tools.status_feeds.said import MOST_INCIDENTS, moment

NOW = datetime(2025, 11, 11, 7, 0, tzinfo=UTC)
HALF_PAST = datetime(2025, 11, 11, 6, 30, tzinfo=UTC)
TEN_TO = datetime(2025, 11, 11, 6, 50, tzinfo=UTC)


def _read(kind: str, body: object, encoding: str = "utf-8") -> StatusFeed:
    text = body if isinstance(body, str) else json.dumps(body)
    return read_feed(kind, text.encode(encoding), NOW, "Acme")


STATUSPAGE = {
    "page": {"id": "x", "name": "Stripe", "url": "https://status.stripe.com", "time_zone": "Etc/UTC"},
    "components": [{"name": "API", "status": "partial_outage"}],
    "incidents": [
        {
            "name": "Elevated API\n errors",
            "status": "investigating",
            "impact": "major",
            "started_at": "2025-11-11T06:30:00.000Z",
            "created_at": "2025-11-11T06:35:00.000Z",
            "resolved_at": None,
        },
        {"name": "Slow", "status": "resolved", "impact": "minor", "created_at": "2025-11-11T08:30:00+02:00",
         "updated_at": "2025-11-11T06:50:00Z", "resolved_at": None},
    ],
    "scheduled_maintenances": [{"name": "Upgrade", "impact": "maintenance"}],
    "status": {"indicator": "major", "description": "Partial System Outage"},
}  # fmt: skip
SLACK = {
    "status": "active",
    "date_created": "2018-09-07T14:35:00-07:00",
    "active_incidents": [
        {"id": 546, "date_created": "2025-11-10T22:30:00-08:00", "title": "Trouble sending", "type": "outage",
         "status": "active", "services": ["Messaging"], "notes": []}
    ],
}  # fmt: skip
GOOGLE: list[dict[str, Any]] = [
    {
        "begin": "2025-11-11T06:30:00+00:00",
        "external_desc": "Elevated 5xx in Cloud Storage",
        "status_impact": "SERVICE_DISRUPTION",
        "affected_products": [{"title": "Google Cloud Storage", "id": "a"}],
        "currently_affected_locations": [{"title": "Belgium", "id": "europe-west1"}],
    },
    {"begin": "2025-11-11T06:30:00Z", "end": "2025-11-11T06:50:00Z", "external_desc": "Over", "service_name": "Pub/Sub",
     "status_impact": "SERVICE_INFORMATION", "affected_products": None},
]  # fmt: skip
AWS: list[dict[str, Any]] = [
    {
        "date": str(int(HALF_PAST.timestamp())),
        "arn": "arn:aws:health:eu-west-1::event/S3/AWS_S3_OPERATIONAL_ISSUE/x",
        "region_name": "Ireland",
        "status": "3",
        "service": "s3-eu-west-1",
        "service_name": "Amazon Simple Storage Service",
        "summary": "Increased error rates",
        "event_log": [{"summary": "Increased error rates", "status": 1, "timestamp": int(HALF_PAST.timestamp())}],
    },
    {
        "date": int(HALF_PAST.timestamp()),
        "status": "1",
        "service": "iam",
        "service_name": "IAM",
        "summary": "Delays",
        "event_log": [
            {"summary": "Delays", "status": 2, "timestamp": int(HALF_PAST.timestamp())},
            {"summary": "[RESOLVED] Delays", "status": 0, "timestamp": int(TEN_TO.timestamp())},
        ],
    },
]
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:a10="http://www.w3.org/2005/Atom"><channel><title>Fastly Status - Incident History</title>
<item><title>Errors &amp;amp; timeouts in &lt;b&gt;AMS&lt;/b&gt;</title><pubDate>Tue, 11 Nov 2025 06:30:00 GMT</pubDate>
<description>&lt;p&gt;&lt;small&gt;06:40&lt;/small&gt;&lt;br&gt;&lt;strong&gt;Identified&lt;/strong&gt; - being resolved
&lt;strong&gt;Investigating&lt;/strong&gt;&lt;/p&gt;</description></item>
<item><title>Old one</title><pubDate>Tue, 11 Nov 2025 06:50:00 +0000</pubDate>
<description>&lt;b&gt;Resolved&lt;/b&gt; - done &lt;strong&gt;Investigating&lt;/strong&gt;</description></item>
<item><title>Silent for weeks</title><pubDate>Tue, 21 Oct 2025 06:50:00 +0000</pubDate></item>
<item><title>Scheduled maintenance in FRA</title><pubDate>Mon, 10 Nov 2025 22:50:00 PST</pubDate></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Acme</title>
<entry><title>[Resolved] API down</title><published>2025-11-11T06:30:00Z</published>
<updated>2025-11-11T07:50:00+01:00</updated><content type="html">x</content></entry>
<entry><title>Webhooks late</title><updated>2025-11-11T06:30:00Z</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Acme</title></channel>
<item><title>API down</title><dc:date>2025-11-11T06:30:00Z</dc:date></item></rdf:RDF>"""


@pytest.mark.parametrize(
    ("kind", "body", "wanted"),
    [
        ("statuspage", STATUSPAGE, [ProviderIncident("Elevated API errors", HALF_PAST, None, "major"),
                                    ProviderIncident("Slow", HALF_PAST, TEN_TO, "minor")]),
        ("slack", SLACK, [ProviderIncident("Trouble sending", HALF_PAST, None, "critical")]),
        ("slack", {"status": "broken", "title": "Down", "date_created": "2025-11-11T06:30:00Z", "type": "outage"},
         [ProviderIncident("Down", HALF_PAST, None, "critical")]),
        ("gcp", GOOGLE, [ProviderIncident("Elevated 5xx in Cloud Storage", HALF_PAST, None, "major",
                                          ("Google Cloud Storage",), ("europe-west1",)),
                         ProviderIncident("Over", HALF_PAST, TEN_TO, "minor", ("Pub/Sub",))]),
        ("aws", AWS, [ProviderIncident("Increased error rates (Amazon Simple Storage Service, Ireland)", HALF_PAST,
                                       None, "critical", ("s3", "Amazon Simple Storage Service"), ("eu-west-1",)),
                      ProviderIncident("Delays (IAM)", HALF_PAST, TEN_TO, "minor", ("iam", "IAM"))]),
        ("rss", RSS, [ProviderIncident("Errors & timeouts in AMS", HALF_PAST),
                      ProviderIncident("Old one", TEN_TO, TEN_TO),
                      ProviderIncident("Scheduled maintenance in FRA", TEN_TO, None, "maintenance")]),
        ("azure", ATOM, [ProviderIncident("[Resolved] API down", HALF_PAST, TEN_TO),
                         ProviderIncident("Webhooks late", HALF_PAST)]),
        ("aws", RDF, [ProviderIncident("API down", HALF_PAST)]),
    ],
)  # fmt: skip
def test_a_format_is_read(kind: str, body: object, wanted: list[ProviderIncident]) -> None:
    assert _read(kind, body).incidents == wanted


def test_what_a_feed_says_of_the_whole_and_of_itself() -> None:
    found = read_feed("statuspage", json.dumps(STATUSPAGE).encode(), NOW)
    assert (found.provider, found.indicator, found.description) == ("Stripe", "major", "Partial System Outage")
    assert _read("slack", {"status": "ok", "active_incidents": []}).indicator == "none"
    assert _read("aws", "[]").incidents == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
def test_json_comes_in_any_unicode(encoding: str) -> None:
    assert len(_read("aws", AWS, encoding).incidents) == 2


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("statuspage", {"incidents": None, "status": {"indicator": None, "description": 3}}),
        ("statuspage", {"incidents": [None, 3, "x", {}, {"name": None, "started_at": "soon", "impact": {}}]}),
        ("statuspage", {"incidents": [{"name": "x", "created_at": "0000-00-00", "resolved_at": 1e400}]}),
        ("slack", {"status": "active", "active_incidents": None}),
        ("slack", {"status": "active", "active_incidents": [{"title": ["x"], "date_created": 5}]}),
        ("gcp", [{}, None, {"begin": "", "affected_products": [None, {"title": None}], "end": {}}]),
        ("aws", [{"date": None, "event_log": None}, {"date": "99999999999999", "service": 3, "event_log": [None]}]),
        ("aws", {"current": [{"service_name": None}], "archive": []}),
        ("rss", "<rss><channel><item/><item><title/><pubDate>x</pubDate></item></channel></rss>"),
        ("rss", "<rss/>"),
    ],
)
def test_odd_shapes_are_read_as_far_as_they_go(kind: str, body: object) -> None:
    for one in _read(kind, body).incidents:
        assert one.started_at is None or one.started_at.tzinfo is not None


LAUGHS = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
OUTSIDE = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>'


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("statuspage", "<html>We'll be right back</html>", "expected JSON"),
        ("statuspage", {"error": "not found"}, "expected a Statuspage summary"),
        ("statuspage", "[" * 100_000, "expected JSON"),
        ("statuspage", "", "expected JSON"),
        ("slack", {"incidents": []}, "expected Slack's"),
        ("gcp", {}, "expected Google's"),
        ("aws", {"archive": []}, "expected AWS's"),
        ("rss", "<rss><channel>", "expected XML"),
        ("rss", "<html><body/></html>", "begins with <html>"),
        ("rss", STATUSPAGE, "expected XML"),
        ("rss", f"{LAUGHS}]><rss>&i;</rss>", "document type"),
        ("rss", OUTSIDE, "document type"),
        ("rss", "<rss>&nbsp;</rss>", "expected XML"),
        ("rss", "<a>" * 50, "nested too deep"),
        ("rss", "<rss>" + "<a/>" * 100_001 + "</rss>", "too many elements"),
        ("rss", '<?xml version="1.0" encoding="utf-7"?><rss/>', "expected XML"),
        ("other", "{}", "known kind"),
    ],
)
def test_what_is_no_feed_is_never_a_feed_without_incidents(kind: str, body: object, said: str) -> None:
    with pytest.raises(FeedError, match=said):
        _read(kind, body)


def test_what_is_large_is_bounded() -> None:
    with pytest.raises(FeedError, match="at most"):
        read_feed("rss", b" " * (MAX_BYTES + 1), NOW)
    many = [{"name": str(n), "created_at": f"2025-10-{n % 30 + 1:02}T00:00:00Z", "resolved_at": NOW.isoformat()}
            for n in range(500)]  # fmt: skip
    found = _read("statuspage", {"incidents": [*many, {"name": "open" * 500}]}).incidents
    assert (len(found), found[0].title[:8], len(found[0].title)) == (MOST_INCIDENTS, "openopen", 300)


@pytest.mark.parametrize("value", ["2025-11-11T06:30:00",
                                   "Tue, 11 Nov 2025 06:30:00 -0000", "2025-11-11 08:30:00+02:00",
                                   HALF_PAST.timestamp(), str(int(HALF_PAST.timestamp() * 1000))])  # fmt: skip
def test_times_of_any_form_have_a_zone(value: object) -> None:
    assert moment(value) == HALF_PAST


@pytest.mark.parametrize(
    "value", [None, "", True, "soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", -1e300, [], "1" * 14]
)
def test_what_is_no_time_is_none(value: object) -> None:
    assert moment(value) is None


def test_a_recorded_feed_is_what_the_live_one_was(tmp_path: Path) -> None:
    bodies = {"statuspage": STATUSPAGE, "gcp": GOOGLE, "aws": AWS, "slack": SLACK}
    live = [read_feed(kind, json.dumps(body).encode(), NOW, kind) for kind, body in bodies.items()]
    for feed in live:
        (tmp_path / f"{feed.provider}.json").write_text(json.dumps(recorded_form(feed)))
    assert read_feeds(tmp_path, NOW) == sorted(live, key=lambda one: one.provider)
    assert read_feeds(tmp_path, HALF_PAST) == []


@pytest.mark.parametrize("form", [{"kind": "rss", "body": ATOM}, {"kind": "gcp", "feed": GOOGLE}, SLACK])
def test_a_recording_may_hold_the_bodies_themselves(form: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "acme.json").write_text(json.dumps({"fetched_at": NOW.isoformat(), **form}))
    [found] = read_feeds(tmp_path, NOW)
    assert (found.fetched_at, found.provider in {"Acme", "acme", "Slack"}) == (NOW, True)
    assert found.incidents


@pytest.mark.parametrize("text", ["[]", "null", "<rss/>", "{}", '{"kind": "fax", "body": {}}', '{"feed": []}'])
def test_a_recorded_file_that_is_no_feed_is_told_by_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "acme.json").write_text(text)
    with pytest.raises(InputError, match=r"acme\.json: expected"):
        read_feeds(tmp_path, NOW)


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["resolved", "0"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
_FIELDS = [
    "name", "status", "impact", "started_at", "resolved_at", "created_at", "updated_at", "services", "places", "title",
    "type", "date_created", "date_updated", "begin", "end", "created", "external_desc", "affected_products", "service",
    "currently_affected_locations", "service_name", "id", "date", "arn", "region_name", "summary", "event_log",
    "timestamp", "impacted_services", "status_impact",
]  # fmt: skip
_ENTRIES = st.lists(st.dictionaries(st.sampled_from(_FIELDS), _ODD, max_size=6) | _ODD, max_size=3)


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(["statuspage", "slack", "gcp", "aws"]), body=_ENTRIES)
def test_whatever_the_json_it_is_a_feed_or_an_error(kind: str, body: object) -> None:
    wrapped = {"status": "active", "incidents": body, "active_incidents": body}
    for one in (body, wrapped, {**wrapped, "status": {}}, [{"event_log": body, "affected_products": body}]):
        with suppress(FeedError):
            found = _read(kind, json.dumps(one))
            assert all(isinstance(incident.title, str) for incident in found.incidents)
            assert StatusFeed(**msgspec.structs.asdict(found)) == found


_TAG = st.sampled_from(["rss", "channel", "item", "title", "pubDate", "feed", "entry", "updated", "description"])
_PARTS = _TAG.map(lambda tag: f"<{tag}>") | _TAG.map(lambda tag: f"</{tag}>") | st.text(max_size=10)


@settings(max_examples=80, deadline=None)
@given(parts=st.lists(_PARTS, max_size=12), inner=st.text(max_size=20))
def test_whatever_the_xml_it_is_a_feed_or_an_error(parts: list[str], inner: str) -> None:
    entry = f"<item><title>{html.escape(inner)}</title><pubDate>{html.escape(inner)}</pubDate></item>"
    for text in ("".join(parts), f"<rss>{''.join(parts)}</rss>", f"<rss><channel>{entry}</channel></rss>"):
        with suppress(FeedError):
            read_feed("rss", text.encode(errors="replace"), NOW)
