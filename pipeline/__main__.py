"""`python -m pipeline` is `countersign`."""

from pipeline.cli import main

main()
