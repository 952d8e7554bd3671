"""A page laid onto the blank form: which page it is, where each of its words stands, the warp between them."""
