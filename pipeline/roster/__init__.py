"""The articles that agreements are expected for, from whatever file the editor has them in."""
