"""The page that corrects a form, without a browser: who may come in, what is taken, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.datamodel.errors import FormError
from pipeline.forms.reader import read_form
from pipeline.review.access_control import LARGEST_BODY, LOOPBACK_NAMES, AccessPolicy
from pipeline.review.form_app import create_form_app
from pipeline.review.keys import FORM_KEYS
from pipeline.review.serve import Served, serve_form
from tests.material.form_folders import TOML, form_folder

POLICY = AccessPolicy(LOOPBACK_NAMES, "a-token-of-some-length", 8765)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return form_folder(tmp_path / "northgate")


@pytest.fixture
def client(folder: Path) -> TestClient:
    """A browser that was given the address with the token."""
    made = TestClient(create_form_app(folder, POLICY), "http://127.0.0.1:8765", raise_server_exceptions=False)
    assert made.get("/form?token=a-token-of-some-length").status_code == 200
    made.headers["x-csrf"] = made.get("/api/session").json()["csrf"]
    return made


def boxes_of(client: TestClient) -> tuple[str, list[dict[str, Any]]]:
    """Version and boxes as the page has them."""
    import json

    text = client.get("/form").text
    block = text[text.index('id="form">') + len('id="form">') :]
    found = json.loads(block[: block.index("</script>")])
    return found["version"], found["boxes"]


def test_nobody_comes_in_without_the_token(folder: Path) -> None:
    stranger = TestClient(create_form_app(folder, POLICY), "http://127.0.0.1:8765")
    for path in ("/", "/form", "/picture/1", "/api/session"):
        refused = stranger.get(path)
        assert refused.status_code == 403 and refused.json()["error"] == "token"
    assert stranger.get("/form?token=another-token-of-that").status_code == 403
    assert stranger.post("/api/form", json={}).status_code == 403
    assert TestClient(create_form_app(folder, POLICY), "http://rebound.example").get("/form").status_code == 421


def test_a_write_needs_the_pages_own_token_and_is_bounded(client: TestClient) -> None:
    version, boxes = boxes_of(client)
    body = {"version": version, "boxes": boxes}
    for headers in ({"x-csrf": "wrong"}, {"origin": "http://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/api/form", json=body, headers=headers).status_code == 403
    assert client.post("/api/form", content=b"x", headers={"content-type": "text/plain"}).status_code == 415
    assert client.post("/api/form", json={"version": "x" * LARGEST_BODY, "boxes": []}).status_code == 413


def test_the_page_has_the_headers_of_the_review_page(client: TestClient) -> None:
    for path in ("/form", "/picture/1"):
        answer = client.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY" and answer.headers["cache-control"] == "no-store"
    assert client.get("/picture/1").headers["content-type"] == "image/png"
    assert client.get("/picture/2").status_code == 404
    assert client.get("/picture/..%2fform.toml").status_code in (404, 422)


def test_a_title_can_not_end_the_element_it_stands_in(tmp_path: Path) -> None:
    hostile = TOML.replace('label = "Signature"', 'label = "</script><script>alert(1)</script>"')
    hostile = hostile.replace("Consent to Print", "<img src=x>")
    client = TestClient(create_form_app(form_folder(tmp_path / "n", hostile), POLICY), "http://127.0.0.1:8765")
    text = client.get("/form?token=a-token-of-some-length").text
    assert "<script>alert" not in text and "<img src=x>" not in text


def test_boxes_are_saved(client: TestClient, folder: Path) -> None:
    version, boxes = boxes_of(client)
    boxes[1] |= {"name": "email", "zone": [160, 160, 540, 180]}
    saved = client.post("/api/form", json={"version": version, "boxes": boxes[:3]})
    assert saved.status_code == 200
    assert saved.json()["entries"] == [0, 1, 2] and saved.json()["version"] != version
    assert [sentence.partition(".")[0] for sentence in saved.json()["lacks"]] == [
        "No box is for the author's name",
        "No box is for the date of the signature",
    ]
    form = read_form(folder)
    assert [f.name for f in form.pages[0].fields] == ["title", "email", "signature"]
    assert form.pages[0].signing_places == ()
    stale = client.post("/api/form", json={"version": version, "boxes": boxes})
    assert stale.status_code == 409 and "Load the page again" in stale.json()["sentence"]


def test_what_is_wrong_with_a_box_is_told_with_the_box(client: TestClient, folder: Path) -> None:
    version, boxes = boxes_of(client)
    boxes[0] |= {"zone": [160, 100, 900, 120]}
    refused = client.post("/api/form", json={"version": version, "boxes": boxes})
    assert refused.status_code == 422 and refused.json()["box"] == 0
    assert "leaves the page" in refused.json()["sentence"]
    boxes[0] |= {"zone": [160, 100, 540, 120], "name": "signature", "kind": "signature"}
    refused = client.post("/api/form", json={"version": version, "boxes": boxes})
    assert (
        refused.json()["sentence"].startswith("Two boxes are for the author's signature") and refused.json()["box"] == 2
    )
    assert (folder / "form.toml").read_text() == TOML


@pytest.mark.parametrize(
    "content, status",
    [
        (b"{", 400),
        (b'{"version": "v", "boxes": NaN}', 400),
        (b'{"version": "v", "boxes": [{"page": 1, "zone": [0, 0, NaN, 1]}]}', 400),
        (b'{"version": "v", "boxes": [{"page": 1, "zone": [0, 0, 1]}]}', 422),
        (b'{"version": "v"}', 422),
        (b'{"version": "v", "boxes": [], "folder": "/etc"}', 422),
    ],
)
def test_what_is_no_form_is_not_taken(client: TestClient, content: bytes, status: int) -> None:
    refused = client.post("/api/form", content=content, headers={"content-type": "application/json"})
    assert refused.status_code == status
    assert refused.json() == {"error": "malformed", "sentence": "That request can't be taken."}


def test_a_new_box_is_named_by_the_print_beside_it(client: TestClient) -> None:
    _, boxes = boxes_of(client)
    box = {**boxes[1], "zone": [400, 620, 540, 640], "label": "", "name": "", "entry": None}
    found = client.post("/api/new", json={"box": box, "names": ["title"]}).json()
    assert (found["label"], found["name"], found["kind"], found["required"]) == ("Date:", "date", "date", True)


def test_a_folder_that_is_no_form_is_told_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="it is not there"):
        serve_form(tmp_path / "nothing", Served(port=0), lambda address: pytest.fail(address))


def test_keys_of_the_form_are_not_given_twice() -> None:
    given = [name for key in FORM_KEYS for name in key.keys]
    assert len(given) == len(set(given))
