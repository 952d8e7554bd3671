"""What Tesseract's package brings into a worker."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from pipeline.documents.tesseract import load_pytesseract
assert load_pytesseract().image_to_data and "pandas" not in sys.modules
import pandas
assert pandas.DataFrame
"""


def test_pytesseract_loads_no_pandas_and_hides_it_from_nobody_else() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
