"""The examples on the flags' page: `python -m sample_scans.maker.flag_examples`, after a change of flags or samples.

For each flag the first sample return that has it: its sentence, and what it is about, cut from the page, go into
`docs/img/flags/`; then `python -m docs.flags_page > docs/flags.md`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from docs.flags_page import EXAMPLES
from pipeline.checks.flags import FLAGS
from pipeline.datamodel.records import Alteration, Observation, Roster, Settings, Source, Verdict
from pipeline.decisions.questions import KINDS
from pipeline.review.pages import BgrImage, PageWanted, PlaceWanted, draw, upright_box
from pipeline.run import judge_batch, read_batch
from pipeline.settings import run_options

SAMPLES = Path(__file__).parents[1]
PICTURES = SAMPLES.parent / "docs" / "img" / "flags"
TODAY = "2026-11-20"
"""The day on which the sample returns are read."""
READINGS = {"article": "title", "author": "name", "signer": "signature", "signature": "signature", "date": "date"}
"""Columns that flags are about, and the readings that show them."""
NOTES = {"title_differs": "article", "several_names": "author", "several_signers": "signer", "date_ambiguous": "date"}
"""Columns of the notes, which nobody is asked about."""
OTHERS = {"signed_elsewhere": "block_name", "same_scan": "signature", "unsure": "date"}
"""Readings of flags that are about more than one."""
MOST_WIDTH_PX = 480
MARGIN = 0.02
"""Beside an altered clause, share of the page's width and height."""


def judged() -> list[Verdict]:
    """The sample returns, read and judged."""
    kept: list[Verdict] = []

    def judge(items: Sequence[tuple[Source, Observation]], roster: Roster, settings: Settings) -> Sequence[Verdict]:
        kept[:] = judge_batch(items, roster, settings)
        return kept

    with tempfile.TemporaryDirectory() as out:
        given = {"roster": SAMPLES / "roster.bib", "out": out, "today": TODAY}
        read_batch([SAMPLES / "returns"], run_options(given, {}), judge=judge)
    return kept


def picture(code: str, verdict: Verdict) -> BgrImage | None:
    """What a flag is about, cut from the page; None where it is about the file."""
    seen = verdict.observation
    if code == "form_altered":
        return _altered(verdict.source, seen, seen.alterations[0])
    column = NOTES.get(code) or (KINDS[code].field if code in KINDS else "")
    name = OTHERS.get(code) or READINGS.get(column, "")
    if not name:
        return None
    crop = getattr(seen, name).crop
    return _decoded(crop) if crop else _place(verdict.source, seen, name)


def _decoded(data: bytes) -> BgrImage:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def _place(source: Source, seen: Observation, name: str) -> BgrImage | None:
    """The place of a field that is blank."""
    for fit in seen.fits:
        drawn = draw(PlaceWanted(source, fit.page, fit, name)) if fit.form_page else b""
        shown = _decoded(drawn) if isinstance(drawn, bytes) and drawn else None
        if shown is not None and int(shown.min()) < 128:
            return shown
    return None


def _altered(source: Source, seen: Observation, change: Alteration) -> BgrImage | None:
    fit = next((fit for fit in seen.fits if fit.page == change.page), None)
    drawn = draw(PageWanted(source, change.page, fit, "full", False)) if fit else b""
    if not isinstance(drawn, bytes) or not drawn or change.box is None or fit is None:
        return None
    shown, box = _decoded(drawn), upright_box(change.box, fit.rotation_deg)
    height, width = shown.shape[:2]
    rows = slice(max(0, round((box.y0 - MARGIN) * height)), round((box.y1 + MARGIN) * height))
    return shown[rows, max(0, round((box.x0 - 4 * MARGIN) * width)) : round((box.x1 + 4 * MARGIN) * width)]


def main() -> None:
    """Write a picture and a sentence of each flag for the docs, from the samples."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.jpg"):
        old.unlink()
    examples: dict[str, dict[str, str]] = {}
    verdicts = judged()
    for kind in FLAGS:
        found = [(v, flag) for v in verdicts for flag in v.flags if flag.code == kind.code]
        if not found:
            print(f"no sample shows {kind.code}")
            continue
        verdict, flag = found[0]
        examples[kind.code] = {"file": verdict.source.name, "sentence": flag.sentence}
        shown = picture(kind.code, verdict)
        if shown is not None:
            scale = min(1.0, MOST_WIDTH_PX / shown.shape[1])
            small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            cv2.imwrite(str(PICTURES / f"{kind.code}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 80])
            examples[kind.code]["picture"] = f"img/flags/{kind.code}.jpg"
    EXAMPLES.write_text(json.dumps(examples, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
