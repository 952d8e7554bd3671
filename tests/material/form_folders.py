"""A small form's folder as `form learn` writes one, with the comments of somebody who corrected it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from pipeline.forms.form import PRINT_DPI

PAGE = (612.0, 792.0)
TOML = """\
# Northgate: corrected in March.
name = "northgate"
title = "Consent to Print"
language = "en"
scanned = false     # from the PDF
term_years = 1

# What the form asks for.
[[field]]
name = "title"
kind = "text"            # text, date, signature or tick
page = 1
label = "Title of Paper"
zone = [160.0, 100.0, 540.0, 120.0]
required = true

# The address that we write to.
[[field]]
# The label's words did not say what it is: give it a better name, or delete it.
name = "contact_us"
kind = "text"
page = 1
label = "Contact # us"   # with a hash
zone = [
    160.0, 130.0,        # left, top
    540.0, 150.0,
]
required = false

[[field]]
name = "signature"
kind = "signature"
page = 1
label = "Signature"
zone = [160.0, 600.0, 330.0, 640.0]
rule = [160.0, 636.0, 330.0, 636.6]
required = true

# Where others sign.
[[signing_place]]
role = "publisher"
page = 1
label = "For the press"
zone = [160.0, 700.0, 330.0, 730.0]

# Where the ink of the fields may stand at all.
[[area]]
page = 1
zone = [0.0, 78.0, 612.0, 172.0]
layout = "boxes"

[[area]]
page = 1
zone = [0.0, 578.0, 612.0, 662.0]
layout = "boxes"
"""
WORDS = (
    ("Title", 60, 116), ("of", 90, 116), ("Paper", 106, 116), ("Contact", 60, 146), ("us", 104, 146),
    ("E-mail", 60, 176), ("address:", 96, 176), ("Signature", 60, 634), ("Date:", 360, 634), ("Accepted", 110, 220),
)  # fmt: skip
"""Printed words with left edge and baseline, points."""


def form_folder(folder: Path, toml: str = TOML) -> Path:
    """The folder, of one page."""
    folder.mkdir(parents=True)
    (folder / "form.toml").write_text(toml, encoding="utf-8")
    words = [
        {"text": t, "box": [x, y - 10, x + 5.2 * len(t), y], "font": "", "size": 10, "y": y, "x": [x]}
        for t, x, y in WORDS
    ]
    pages = [{"width": PAGE[0], "height": PAGE[1], "rules": [], "words": words}]
    (folder / "words.json").write_text(json.dumps({"pages": pages}), encoding="utf-8")
    paper = np.full((round(PAGE[1] * PRINT_DPI / 72), round(PAGE[0] * PRINT_DPI / 72)), 255, np.uint8)
    for text, x, y in WORDS:
        at = (round(x * PRINT_DPI / 72), round(y * PRINT_DPI / 72))
        cv2.putText(paper, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1)
    cv2.imwrite(str(folder / "page-1.png"), paper)
    return folder
