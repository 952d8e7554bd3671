"""Plain script: whole pages at 150 dpi through pypdfium2 and RapidOCR."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.plain_script import main

DPI = 150
LONGEST_PX = 2400
"""Scans whose pages are stated in pixels would come out as tens of megapixels."""


@cache
def engine() -> Any:
    """The recognizer on one thread, loaded once."""
    from rapidocr import RapidOCR

    import models  # noqa: F401, before onnxruntime: it keeps that from reporting to its maker

    logging.disable(logging.CRITICAL)
    one = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    return RapidOCR(params=one)


def read_pages(path: Path) -> list[list[str]]:
    """The file's pages, each a list of text lines from top to bottom."""
    import numpy as np
    import pypdfium2

    pages = []
    with pypdfium2.PdfDocument(path) as pdf:
        with suppress(pypdfium2.PdfiumError):
            pdf.init_forms()
        for page in pdf:
            image = page.render(scale=DPI / 72, may_draw_forms=True).to_pil().convert("RGB")
            image.thumbnail((max(LONGEST_PX, 1), LONGEST_PX))
            found = engine()(np.asarray(image)[:, :, ::-1])
            boxes = found.boxes if found.boxes is not None else []
            tops = [min(y for _, y in box) for box in boxes]
            pages.append([text for _, text in sorted(zip(tops, found.txts or [], strict=True))])
    return pages


if __name__ == "__main__":
    engine()  # loading it is not in any return's time
    main(read_pages)
