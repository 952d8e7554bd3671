"""The keys of the review page. The page, its list of keys and the docs are made from this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One action and the keys that do it, as `KeyboardEvent.key` names them."""

    action: str
    keys: tuple[str, ...]
    does: str
    fixed: bool = False
    """Can't be given another key."""


KEYS: tuple[Key, ...] = (
    Key("confirm", ("Enter",), "Do what the sentence says; after the last field, next return", fixed=True),
    Key("choose", ("1", "2", "3", "4", "5", "6", "7", "8", "9"), "Take that candidate", fixed=True),
    Key("edit", ("e", "F2"), "Edit; then Enter keeps, Esc restores"),
    Key("ask", ("a",), "Ask the author again; then a digit for the reason"),
    Key("accept", ("c",), "Accept it anyway, with a reason"),
    Key("aside", ("s",), "Set the return aside: it does not count"),
    Key("later", ("l",), "Put the return off"),
    Key("undo", ("u", "Ctrl+z"), "Undo the last decision"),
    Key("redo", ("Shift+U", "Ctrl+Shift+Z"), "Redo"),
    Key("next", ("j",), "Next return, no decision"),
    Key("previous", ("k",), "Previous return, no decision"),
    Key("next-field", ("ArrowDown",), "Next field (Tab walks all of them)"),
    Key("previous-field", ("ArrowUp",), "Previous field"),
    Key("rotate-right", ("r",), "Turn the page right (view only)"),
    Key("rotate-left", ("Shift+R",), "Turn the page left"),
    Key("zoom-in", ("+", "="), "Zoom in"),
    Key("zoom-out", ("-",), "Zoom out"),
    Key("fit", ("0",), "Fit the page"),
    Key("page-up", ("PageUp",), "Previous page"),
    Key("page-down", ("PageDown",), "Next page"),
    Key("fade", ("f",), "Fade the form's print on and off"),
    Key("swap", ("x",), "The other return beside this one, on and off"),
    Key("mail", ("m",), "The mail that the return came in, on and off"),
    Key("find", ("/",), "Find a title, an author or a file"),
    Key("help", ("?",), "All keys", fixed=True),
)

FORM_KEYS: tuple[Key, ...] = (
    Key("add", ("n",), "New field, in the middle of what is shown"),
    Key("move", ("Arrows",), "Move the field that has the focus", fixed=True),
    Key("resize", ("Shift+Arrows",), "Make it wider, narrower, higher, lower", fixed=True),
    Key("delete", ("Delete", "Backspace"), "Delete the field"),
    Key("next", ("j",), "Next field (Tab walks all of them)"),
    Key("previous", ("k",), "Previous field"),
    Key("edit", ("e", "F2"), "Say what the field is"),
    Key("undo", ("u", "Ctrl+z"), "Undo the last change"),
    Key("redo", ("Shift+U", "Ctrl+Shift+Z"), "Redo"),
    Key("save", ("s", "Ctrl+s"), "Save to form.toml"),
    Key("zoom-in", ("+", "="), "Zoom in"),
    Key("zoom-out", ("-",), "Zoom out"),
    Key("fit", ("0",), "Fit the page"),
    Key("page-up", ("PageUp",), "Previous page"),
    Key("page-down", ("PageDown",), "Next page"),
    Key("help", ("?",), "All keys", fixed=True),
)
"""Those of the page that corrects a form."""
