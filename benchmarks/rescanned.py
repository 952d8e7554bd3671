"""Returns as if each had been printed and scanned anew: `python -m benchmarks.rescanned RETURNS OUT [--seed N]`.

Thresholds that only fit the pixels they were set on fail here: every page is drawn, turned by a degree or so, blurred,
shaded, grained and written as JPEG at a resolution and quality drawn by lot; text layers are gone. Pictures,
rosters and labels are copied, so that `make bench RETURNS=OUT` measures it.
"""

from __future__ import annotations

import argparse
import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.datamodel.records import Problem
from pipeline.documents.document import Document
from pipeline.documents.opening import open_document
from pipeline.documents.rasterize import long_side_in

Page = npt.NDArray[np.uint8]
MOST_PAGES = 4


@dataclass(frozen=True, slots=True)
class Scanner:
    """How one return is scanned; a page at a time differs a little."""

    dpi: int
    quality: int
    """JPEG's, 1..95."""
    turn_deg: float
    grey: bool

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Scanner:
        """A scanner with resolution, compression, slope and colour drawn at random."""
        quality, turn = int(rng.integers(35, 80)), float(rng.normal(0, 0.8))
        return cls(int(rng.choice([150, 200, 200, 300])), quality, turn, bool(rng.random() < 0.5))

    def scan(self, page: Page, rng: np.random.Generator) -> Page:
        """The page (H, W, 3) BGR as it comes out."""
        height, width = page.shape[:2]
        turn = cv2.getRotationMatrix2D(
            (width / 2, height / 2), self.turn_deg + rng.normal(0, 0.2), rng.uniform(0.99, 1)
        )
        turn[:, 2] = turn[:, 2] + rng.normal(0, 6, 2)
        paper = (250, 250, 250)
        moved = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=paper)
        light = 255 * (cv2.GaussianBlur(moved, (0, 0), rng.uniform(0.4, 0.9)) / 255) ** rng.uniform(0.8, 1.3)
        shade = 1 - rng.uniform(0, 0.15) * np.linspace(0, 1, width)
        grain = rng.normal(0, rng.uniform(3, 7), (height, width))
        seen = np.asarray(np.clip(light * shade[None, :, None] + grain[:, :, None], 0, 255), np.uint8)
        return np.repeat(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY)[:, :, None], 3, axis=2) if self.grey else seen


def rescanned(document: Document, rng: np.random.Generator) -> bytes:
    """A PDF of pictures of the document's first pages. Raises PageDamaged."""
    scanner = Scanner.drawn(rng)
    pages = []
    for index in range(min(MOST_PAGES, len(document))):
        size = document.size_pt(index)
        page = document.render(index, scanner.dpi * long_side_in(size) / (max(size) / 72))
        pages.append(Image.fromarray(scanner.scan(page, rng)[:, :, ::-1]))
    out = io.BytesIO()
    pages[0].save(
        out, "PDF", save_all=True, append_images=pages[1:], resolution=float(scanner.dpi), quality=scanner.quality
    )
    return out.getvalue()


def main() -> None:
    """Command line: a folder of returns, and where the same ones go as if scanned anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("returns", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for number, path in enumerate(sorted(p for p in options.returns.rglob("*") if p.is_file())):
        made = options.out / path.relative_to(options.returns)
        made.parent.mkdir(parents=True, exist_ok=True)
        document = open_document(path.read_bytes()) if path.suffix.lower() == ".pdf" else None
        if document is None or isinstance(document, Problem):
            shutil.copyfile(path, made)
        else:
            made.write_bytes(rescanned(document, np.random.default_rng([options.seed, number])))


if __name__ == "__main__":
    main()
