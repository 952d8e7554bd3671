"""`python -m pipeline` is `countersign`."""

from pipeline.cli.main import main

main()
