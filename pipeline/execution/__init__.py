"""Many returns at once: worker processes here, or on a cluster; what was resolved before."""
