"""The flags: every coded reason for a person to look, in the order in which a row lists them, worst first.

This registry is the one place where a flag is described; the checks, the configuration and the page of the
docs all take it from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlagKind:
    """What one flag means."""

    code: str
    blocking: bool
    """True: a return that has it is not clear. False: a note."""
    when: str
    """When it is set, in one line."""
    meaning: str
    """What it means for the proceedings, in one or two sentences."""
    remedy: str
    """What the editor does about it."""
    may_block: bool = False
    """Whether a note may be made blocking by `Settings.notes` without it."""


FLAGS: tuple[FlagKind, ...] = (
    FlagKind(
        "unreadable_file",
        True,
        "the file is damaged and could not be repaired",
        "Nothing could be read, so nothing is known about this agreement.",
        "Ask the author to scan the agreement again and send it as a PDF.",
    ),
    FlagKind(
        "encrypted_file",
        True,
        "the file asks for a password",
        "The file is locked; the agreement inside may be in order.",
        "Ask the author for a copy without a password.",
    ),
    FlagKind(
        "empty_file",
        True,
        "the file has no bytes or no pages",
        "The file arrived empty, often because an upload broke off.",
        "Ask the author to send the agreement again.",
    ),
    FlagKind(
        "not_a_document",
        True,
        "the file is neither a PDF nor a picture",
        "The file is of a kind that holds no scanned page, such as a text document or an archive.",
        "Open it; if an agreement is inside, save that as a PDF, else ask the author for a scan.",
    ),
    FlagKind(
        "wrong_form",
        True,
        "the words of the pages are another agreement's, or none",
        "What was signed is not the agreement that the publisher asks for.",
        "Look at the pages; send the author the right form, or accept the other one.",
    ),
    FlagKind(
        "page_missing",
        True,
        "a page of the form is not in the file",
        "Part of the agreement did not arrive, so it is not known that the author signed all of it.",
        "Ask the author for the whole agreement in one file.",
    ),
    FlagKind(
        "form_altered",
        True,
        "words of the clauses were struck out, added or changed",
        "The author may have agreed to other terms than the publisher's.",
        "Read the quoted words on the page; if the change is real, ask the author to sign the unaltered form.",
    ),
    FlagKind(
        "unsigned",
        True,
        "nothing stands where the form asks for a signature, or only the name does, beside its own label",
        "Without a signature there is no agreement.",
        "Ask the author to sign.",
    ),
    FlagKind(
        "undated",
        True,
        "nothing stands where the form asks for a date",
        "The day on which the licence was granted is not known.",
        "Ask the author to add the date and sign again.",
    ),
    FlagKind(
        "title_missing",
        True,
        "the field for the title is blank",
        "The page does not say which article the agreement is for.",
        "Ask the author to fill in the title and sign again.",
    ),
    FlagKind(
        "name_missing",
        True,
        "the field for the name is blank",
        "The page does not say who enters the agreement.",
        "Ask the author to fill in the name and sign again.",
    ),
    FlagKind(
        "field_missing",
        True,
        "a further field that the form requires is left blank: e-mail, initials, a second signature",
        "The publisher's form asks for more than this return says.",
        "Ask the author to fill in what is named and sign again.",
    ),
    FlagKind(
        "title_not_in_roster",
        True,
        "no article of the roster fits the title",
        "The agreement is for another volume, for a withdrawn article, or under a title that has since changed.",
        "Pick the article by hand if it was renamed; else set the return aside.",
    ),
    FlagKind(
        "title_differs",
        False,
        "the title fits one article, but words differ from the roster's title",
        "Titles often change slightly before print; the article is still certain.",
        "Nothing, unless the words make it another article.",
    ),
    FlagKind(
        "name_not_an_author",
        True,
        "no author of the article fits the name",
        "The person named may have no right to sign for this article.",
        "Ask the corresponding author to sign, or correct the roster if the name is an author's other name.",
    ),
    FlagKind(
        "signer_not_an_author",
        True,
        "the signature is legible and names no author of the article",
        "Somebody else may have signed.",
        "Compare the signature with the authors' names; if it is none of them, ask an author to sign.",
    ),
    FlagKind(
        "signer_differs",
        True,
        "the signature names another author than the name field",
        "One author is named as party and another one signed.",
        "Accept it if the co-author may sign for all; else ask the named author to sign.",
    ),
    FlagKind(
        "signed_elsewhere",
        False,
        "there is handwriting in the signature block, but not where the form asks for the signature",
        "Something that reads as no name was written beside the signature's line, and the line itself is empty.",
        "Nothing. It is taken for the signature; a name that is typed or plainly written there is none.",
    ),
    FlagKind(
        "several_names",
        False,
        "the name field lists several authors",
        "All of them are authors of the article.",
        "Nothing.",
    ),
    FlagKind(
        "several_signers",
        False,
        "several authors signed",
        "All of them are authors of the article.",
        "Nothing.",
    ),
    FlagKind(
        "signature_typed",
        True,
        "plain typing stands where a signature should be",
        "Whether a typed name counts as a signature is the editor's decision.",
        "Ask the author to sign by hand, or allow typed signatures by making this flag a note.",
    ),
    FlagKind(
        "signature_script_font",
        False,
        "the signature is set in a font that looks like handwriting",
        "The name is typed, not written by hand. Whether that counts as a signature is the editor's decision.",
        "Nothing, if it counts for you; else make the flag block, and ask the author to sign by hand.",
        may_block=True,
    ),
    FlagKind(
        "signature_invalid",
        True,
        "a certificate signature does not verify, or does not cover the file",
        "The file was changed after it was signed, or the signature is damaged.",
        "Ask the author to sign the finished file again.",
    ),
    FlagKind(
        "date_unreadable",
        True,
        "something stands where the date should be, but it reads as no day",
        "The day on which the licence was granted is not known.",
        "Type the date in if you can read it; else ask the author.",
    ),
    FlagKind(
        "date_ambiguous",
        False,
        "day and month can be exchanged, and neither the checks nor the other returns settle which is meant",
        "Both days pass every check, so nothing depends on it.",
        "Nothing; the likelier day is in the table.",
    ),
    FlagKind(
        "date_precedes_article",
        True,
        "dated before the article existed: before it was submitted or accepted, before the day from which agreements "
        "could be signed, or over two years before publication",
        "Mostly a slip of the pen in the year; otherwise an agreement for something else.",
        "Ask the author for the right date.",
    ),
    FlagKind(
        "date_lapsed",
        True,
        "dated one to two years before publication",
        "The agreement ends by its own terms if the article is not published within a year of the signature.",
        "Ask the author whether the year is a slip; else have the agreement signed again.",
    ),
    FlagKind(
        "date_after_publication",
        True,
        "dated after the day of publication",
        "The article was published before its licence was granted, or the date is a slip of the pen.",
        "Ask the author for the right date.",
    ),
    FlagKind(
        "date_in_future",
        True,
        "dated after the day on which it was read",
        "A day that has not come yet can't be the day of signing.",
        "Ask the author for the right date.",
    ),
    FlagKind(
        "duplicate_return",
        True,
        "another, better return for the same article is there",
        "Only one agreement an article goes to the publisher.",
        "Nothing, if the better one is in order.",
    ),
    FlagKind(
        "duplicate_kept",
        False,
        "this is the better one of several returns for the same article",
        "The others are set aside.",
        "Nothing.",
    ),
    FlagKind(
        "files_joined",
        False,
        "the pages of the agreement came in several files, which were read as one",
        "Files whose names follow each other hold one page each of the same form.",
        "Look whether the pages belong together; if not, rename the files so that their names differ.",
    ),
    FlagKind(
        "same_scan",
        True,
        "the same scanned signature page serves two articles",
        "A page was signed once and sent twice, so one of the articles has no signature of its own.",
        "Ask the author to sign an agreement for each article.",
    ),
    FlagKind(
        "from_text",
        False,
        "read from another program's text; no page was seen",
        "What stands here is what that program read or described; ink, alterations by pen and stamps are not seen.",
        "Nothing, if you trust the program; else compare with the scan, or make the flag block.",
        may_block=True,
    ),
    FlagKind(
        "unsure",
        True,
        "a reading that the verdict rests on is less sure than the accepted risk allows",
        "The program read it, but would be wrong too often if it never asked.",
        "Compare the reading with the crop beside it, and confirm or correct it.",
    ),
)
"""All flags, worst first. A row lists its flags in this order."""

ORDER: dict[str, int] = {kind.code: place for place, kind in enumerate(FLAGS)}
"""Place of each code in FLAGS."""

BLOCKING: frozenset[str] = frozenset(kind.code for kind in FLAGS if kind.blocking or kind.may_block)
"""Codes that keep a return from being clear, unless the settings make them notes."""

FAULTS: frozenset[str] = frozenset(kind.code for kind in FLAGS if kind.blocking)
"""Codes that keep a return from being clear by themselves, without the editor's saying so."""

MAY_BLOCK: frozenset[str] = frozenset(kind.code for kind in FLAGS if kind.may_block)
"""Codes that are notes unless the settings say otherwise."""

NOT_READ: frozenset[str] = frozenset({"unreadable_file", "encrypted_file", "empty_file", "not_a_document"})
"""Codes of files that could not be opened. They can be neither switched off nor made notes."""


def flag_kind(code: str) -> FlagKind:
    """The registry's record of one flag. Raises ValueError that names the code where there is none."""
    if code not in ORDER:
        raise ValueError(f"there is no flag {code!r}: use one of {', '.join(ORDER)}")
    return FLAGS[ORDER[code]]


def check_codes(codes: Iterable[str]) -> frozenset[str]:
    """The codes as a set, for `notes` and `off` of the settings.

    Raises ValueError with one sentence for a code that does not exist or that can't be switched off.
    """
    chosen = frozenset(codes)
    for code in sorted(chosen):
        flag_kind(code)
    if stuck := sorted(chosen & NOT_READ):
        raise ValueError(f"{', '.join(stuck)} can't be switched off or made a note: nothing of such a file was read")
    return chosen


def check_may_block(codes: Iterable[str]) -> frozenset[str]:
    """The codes as a set, for notes that are to block. Raises ValueError with one sentence for any other flag."""
    chosen = frozenset(codes)
    for code in sorted(chosen):
        flag_kind(code)
    if other := sorted(chosen - MAY_BLOCK):
        raise ValueError(f"{', '.join(other)} can't be made to block: use {', '.join(sorted(MAY_BLOCK))}")
    return chosen
