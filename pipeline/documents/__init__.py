"""One file, opened: its pages as pixels and words, its certificate signatures."""
