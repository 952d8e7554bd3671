"""Blank agreements as data, one folder each, and their reader."""
