from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.protocol.answer import Body, answer, is_refusal


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", Body.EMPTY),
        (b" \r\n\t", Body.EMPTY),
        (b'{"a": 1}', Body.JSON),
        (b" [1, 2]", Body.JSON),
        (b"\xef\xbb\xbf[]", Body.JSON),
        (b"{", Body.TEXT),
        (b"[1e999]", Body.TEXT),
        (b'{"a": "\xff"}', Body.TEXT),
        (b"[" * 5000, Body.TEXT),
        (b"<?xml version='1.0'?><envoy_info/>", Body.XML),
        (b"\n<?XML version='1.0'?>", Body.XML),
        (b"<envoy_info><x/></envoy_info>", Body.XML),
        (b"<!-- Envoy --><envoy_info/>", Body.XML),
        (b"<html></html>", Body.HTML),
        (b"<!DOCTYPE html>", Body.HTML),
        (b"Error: 401\n", Body.TEXT),
    ],
)
def test_a_body_is_what_it_looks_like(body: bytes, kind: Body) -> None:
    assert answer("/x", 200, body, 0.0).kind is kind


@given(body=st.binary(max_size=60))
def test_no_body_fails(body: bytes) -> None:
    given_ = answer("/x", 200, body, 0.0)

    assert given_.document is None or given_.kind is Body.JSON
    assert isinstance(given_.text, str)


def test_of_duplicate_keys_the_last_holds() -> None:
    assert answer("/x", 200, b'{"":1,"":2}', 0.0).document == {"": 2}


@pytest.mark.parametrize(
    ("status", "body", "served"),
    [
        (200, b"[]", True),
        (200, b"{}", True),
        (200, b"<html></html>", True),
        (200, b"", False),
        (200, b'{"error":"404 - Not Found"}', False),
        (200, b'{"status":401,"error":"","info":"x","moreInfo":""}', False),
        (200, b'{"error":"x","production":[]}', True),
        (404, b"[]", False),
        (401, b"[]", False),
    ],
)
def test_served_is_a_success_that_holds_something(status: int, body: bytes, served: bool) -> None:
    assert answer("/x", status, body, 0.0).served is served


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" + b"{}," * 10_000 + b"{}]", id="objects"),
        pytest.param(b"[" + b"[]," * 10_000 + b"[]]", id="lists"),
        pytest.param(b"[" + b"1," * 60_000 + b"1]", id="numbers"),
        pytest.param(b"[" * 5_000 + b"]" * 5_000, id="depth"),
        pytest.param(b"[" + b"1" * 5_000 + b"]", id="digits"),
    ],
)
def test_a_document_of_more_than_any_gateway_has_is_not_decoded(body: bytes) -> None:
    assert (answer("/x", 200, body, 0.0).kind, answer("/x", 200, body, 0.0).document) == (Body.TEXT, None)


def test_six_hundred_inverters_are_decoded() -> None:
    one = b'{"serialNumber":"121212121212","lastReportDate":1700000000,"lastReportWatts":1,"maxReportWatts":2},'
    body = b"[" + (one * 600)[:-1] + b"]"
    assert len(answer("/x", 200, body, 0.0).document) == 600


def test_only_objects_refuse() -> None:
    assert not is_refusal([])
    assert not is_refusal({})
    assert is_refusal({"err": "404"})


def test_text_that_is_not_utf8_is_kept() -> None:
    assert answer("/x", 200, "Année".encode("latin-1"), 0.0).text == "Année"
    assert answer("/x", 200, "Année".encode(), 0.0).text == "Année"


def test_what_was_heard_goes_with_the_answer_and_is_no_part_of_it() -> None:
    one, other = answer("/x", 200, b"[]", 0.0, seconds=1.5), answer("/x", 200, b"[]", 0.0, seconds=1.5)
    one.cache["x"] = "something"

    assert one == other
    assert replace(one, target="/y").cache == {}
    assert one.seconds == 1.5
