"""Make the sample returns and the table of what must come out.

`python sample_scans/make_samples.py --out sample_scans` writes `returns/` and `expected.csv`, the same bytes in every
run. The roster is written by hand and stays as it is.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sample_scans.maker.cases import SAMPLES, Sample, Truth
from sample_scans.maker.returns import make_return


def expected_table(samples: Sequence[Sample]) -> str:
    """expected.csv: one row a return, in the words of the results table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", *(f.name for f in fields(Truth)), "shows"])
    for sample in samples:
        many = len(sample.truths) > 1
        for number, truth in enumerate(sample.truths, start=1):
            file = f"{sample.case.file}#{number}" if many else sample.case.file
            writer.writerow([file, *astuple(truth), sample.shows])
    return out.getvalue()


def main() -> None:
    """Write the sample returns, all or those of `--only`, and the table of what must come out."""
    parser = argparse.ArgumentParser(description="Make the sample returns.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write to")
    parser.add_argument("--only", nargs="*", default=[], help="names of files to make; all when not given")
    options = parser.parse_args()
    folder = options.out / "returns"
    folder.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        if not options.only or sample.case.file in options.only:
            data = make_return(sample.case)
            (folder / sample.case.file).write_bytes(data)
            print(f"{len(data):>9} {sample.case.file}")
    (options.out / "expected.csv").write_text(expected_table(SAMPLES), encoding="utf-8")


if __name__ == "__main__":
    main()
