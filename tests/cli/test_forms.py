"""`form learn` and `form edit`: what they say, when a page is opened, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.other_forms import blank
from pipeline.cli import console
from sample_scans.maker.other_forms import MADE_FORMS
from tests.cli.test_main import ROOT, run
from tests.material.form_folders import form_folder


def started(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline", "form", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, cwd=ROOT, env=env
    )


def test_edit_serves_the_page_until_it_is_stopped(tmp_path: Path) -> None:
    running = started("edit", str(form_folder(tmp_path / "northgate")), "--no-browser")
    assert running.stderr is not None
    name, address, *_ = running.stderr.readline().split()
    assert name == "form" and "/?token=" in address
    with urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open(address) as answer:
        assert "Consent to Print" in answer.read().decode()
    running.send_signal(signal.SIGINT)
    assert running.wait(20) == 0 and "Traceback" not in running.stderr.read()
    running.communicate()


def test_learn_opens_the_page_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "blank.pdf").write_bytes(blank(MADE_FORMS["northgate"]))
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    browser.chmod(0o755)
    folder = tmp_path / "northgate"
    running = started(
        "learn",
        str(tmp_path / "blank.pdf"),
        "--out",
        str(folder),
        "--open",
        env={**os.environ, "BROWSER": f"{browser} %s"},
    )
    for _ in range(600):
        if seen.exists() and seen.read_text():
            break
        time.sleep(0.1)
    assert "/?token=" in seen.read_text() and (folder / "preview-1.png").is_file()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert f"written  {folder}: preview-1.png to look at, form.toml\nform     http://" in said
    assert running.returncode == 0


@pytest.mark.parametrize(
    "display, terminal, wanted", [(":0", True, True), ("", True, False), (":0", False, False), ("", False, False)]
)
def test_a_page_opens_by_itself_only_where_somebody_sees_it(
    display: str, terminal: bool, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr("sys.stdin.isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(console, "messages", lambda: type("Told", (), {"is_terminal": terminal})())
    assert console.has_screen() is wanted


def test_a_folder_without_a_form_is_told(tmp_path: Path) -> None:
    code, _, err = run("form", "edit", tmp_path)
    assert code == 2 and "form.toml can't be read (it is not there)." in err.replace("\n", " ")
    folder = form_folder(tmp_path / "broken", "name = ")
    code, _, err = run("form", "edit", folder)
    assert code == 2 and "Mend that line" in err
