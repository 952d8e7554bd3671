"""Makes filled agreements that look like the ones that come back: handwriting, typing, paper, scanners, containers."""
