"""How right returns come out that another program read: `python -m benchmarks.transcripts RETURNS [--engine layer]`.

Of each labelled PDF its text is taken, by its own text layer, by Tesseract as hOCR or by RapidOCR as plain text, and
read as if that were all that arrived. The measures are those of `benchmarks.score`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.judged import Return, by_volume, judge_all
from benchmarks.score import article_right, date_right, lines, score
from benchmarks.truth import Truth, load_truth
from pipeline.datamodel.records import Source
from pipeline.documents.document import Document, Word
from pipeline.documents.opening import open_document
from pipeline.extraction.observe import observe
from pipeline.extraction.transcripts.flat_text import by_rows
from pipeline.intake.ocr_output.engine_output import EngineWord, page_of
from pipeline.results.table import row

LEAST_WORDS = 60
"""Words of a page's text layer from which it is taken for the page's text, not a scanner's stamp."""
DPI = 300


def layer_text(path: Path) -> bytes | None:
    """The words of a PDF's text layers, row by row as they stand; None where a page has none."""
    document = open_document(path.read_bytes())
    if not isinstance(document, Document):
        return None
    pages = [document.words(index) for index in range(len(document))]
    if any(len(words) < LEAST_WORDS for words in pages):
        return None
    return "\f".join(_rows(words) for words in pages).encode()


def _rows(words: Sequence[Word]) -> str:
    page = by_rows(page_of([[EngineWord(word.text, word.box) for word in words if word.text.strip()]]))
    return "\n".join(" ".join(word.text for word in line.words) for line in page.lines)


def tesseract_hocr(path: Path) -> bytes | None:
    """Tesseract's hOCR of all pages, in one file."""
    import pytesseract
    from pdf2image import convert_from_path

    pages = [pytesseract.image_to_pdf_or_hocr(image, extension="hocr") for image in convert_from_path(path, DPI)]
    bodies = [page.split(b"<body>", 1)[1].rsplit(b"</body>", 1)[0] for page in pages]
    return pages[0].split(b"<body>", 1)[0] + b"<body>" + b"".join(bodies) + b"</body></html>" if pages else None


def rapidocr_text(path: Path) -> bytes | None:
    """RapidOCR's lines, from top to bottom."""
    from benchmarks.plain_rapidocr import read_pages

    return "\f".join("\n".join(lines) for lines in read_pages(path)).encode()


ENGINES: Mapping[str, Callable[[Path], bytes | None]] = {
    "layer": layer_text,
    "tesseract": tesseract_hocr,
    "rapidocr": rapidocr_text,
}


def read_transcripts(folder: Path, engine: str, every: int, kept: Path | None) -> list[Return]:
    """Each labelled return as the engine's text reads; `kept`: a folder for the texts, to read no page twice."""
    returns = []
    for number, truth in enumerate(load_truth(folder)[::every]):
        path = folder / truth.file
        text = kept / f"{number:04}.{engine}" if kept else None
        data = text.read_bytes() if text and text.is_file() else ENGINES[engine](path)
        if text and data is not None:
            text.write_bytes(data)
        if data is None:
            continue
        source = Source(truth.file, str(path), f"{number:064x}", len(data))
        returns.append(Return(source, truth, observe(source, data), str(path.parent)))
    return returns


def judged_rows(returns: Sequence[Return]) -> list[dict[str, str]]:
    """The table's rows, as text, each volume judged by itself."""
    return [
        {name: "" if value is None else str(value) for name, value in row(verdict).items()}
        for some, roster in by_volume(returns)
        for verdict in judge_all(some, roster)
    ]


def given_lines(rows: Sequence[Mapping[str, str]], truths: Sequence[Truth]) -> list[str]:
    """How right the fields are in which the engine's text has anything, and what blank ones are told as."""
    by_file = {row["file"]: row for row in rows}
    pairs = [(by_file[truth.file], truth) for truth in truths]
    titled = [article_right(row, truth) for row, truth in pairs if row["title_read"] and truth.article]
    dated = [(date_right(row, truth), truth.date_kind) for row, truth in pairs if row["date_read"] and truth.days]
    blank = ["undated" in row["flags"] for row, _ in pairs if not row["date_read"] and row["form"]]
    unsigned = [row["signature"] == "none" for row, truth in pairs if truth.signature == "none"]
    typed = [row["status"] == "clear" for row, truth in pairs if truth.signature == "typed"]
    measures = {
        "article, a title read": titled,
        "date, typed and read": [right for right, kind in dated if kind == "typed"],
        "date, by hand and read": [right for right, kind in dated if kind == "handwritten"],
        "no date, told so": blank,
        "unsigned, told so": unsigned,
        "typed name, cleared": typed,
    }
    return [f"  {name:<24}{sum(some):>4} of {len(some)}" for name, some in measures.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("returns", type=Path)
    parser.add_argument("--engine", choices=sorted(ENGINES), default="layer")
    parser.add_argument("--every", type=int, default=1, help="Take one return in so many.")
    parser.add_argument("--keep", type=Path, help="Folder for the texts.")
    parser.add_argument("--misses", action="store_true", help="Name what came out wrong.")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    returns = read_transcripts(options.returns, options.engine, options.every, options.keep)
    rows = judged_rows(returns)
    result = score(rows, [one.truth for one in returns])
    print(*lines(options.engine, result), sep="\n")
    print(*given_lines(rows, [one.truth for one in returns]), sep="\n")
    if options.misses:
        for name, measure in result.measures.items():
            print(name, *measure.misses, sep="\n  ")
        print("cleared wrongly", *result.false_clear, sep="\n  ")


if __name__ == "__main__":
    main()
