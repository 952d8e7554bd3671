"""The recognizers: loading, scoring, calibration. Everything runs on this machine and tells nobody."""

import os

# onnxruntime's released builds report to their maker from the moment they are imported, and keep an identifier of the
# machine in the home folder. Agreements are people's papers: this has to stand before the first import of it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
