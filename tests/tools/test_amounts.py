"""Quantities in the change list's text."""

from tools.amounts import amounts_in, amounts_text, readable


def test_quantities_are_read_back_and_put_as_people_write_them() -> None:
    assert amounts_in("{'cpu': '50m', 'memory': '128Mi'}") == {"cpu": "50m", "memory": "128Mi"}
    assert amounts_text({"cpu": "50m", "memory": "128Mi"}) == "cpu 50m, memory 128Mi"
    assert amounts_text({"cpu": "0", "memory": "0"}) == "unlimited"
    assert amounts_in(None) == amounts_in("unset") == {}


def test_only_quantities_of_a_sentence_are_changed() -> None:
    assert readable("limits set to {'cpu': '0.5'} by helm") == "limits set to cpu 0.5 by helm"
    assert readable("{'httpGet': {'path': '/ready', 'port': 8080}}") == "{'httpGet': {'path': '/ready', 'port': 8080}}"
