"""Whose name a writing is: ways to write a name, likeness of names, names against ink."""
