"""How the packaged networks are opened."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

DECAYED = """
import numpy as np
from models.line_finder import MODEL_NAME
from models.packaged import model_path, open_session

decayed = np.full(8, 1e-40, np.float32)
assert (decayed > 0).all()
open_session(model_path(MODEL_NAME), threads=1)
assert (decayed * np.float32(2) == 0).all()
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="how other processors count is not set")
def test_decayed_weights_cost_no_time() -> None:
    # In a process of its own: only its first session sets how the thread counts.
    subprocess.run([sys.executable, "-c", DECAYED], check=True, timeout=60)
