"""The values that pass between the stages.

Frames. A `Box` is given in fractions of a page as a viewer shows it (after its /Rotate, before any
straightening of ours), origin top left, x to the right, y down. Pages count from 1. Pixel arrays say
their frame where they are made.

An `Observation` holds all that was read from one return, without roster or calendar: it depends on
nothing but the file's bytes and the program's version, so it can be stored and resolved again later. A
`Resolution` is what those readings mean beside a roster and the other returns of the batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.emissions import CtcEmissions

InkKind = Literal["typed", "handwritten", "transcribed", "none"]
"""`transcribed`: another engine's text, which does not say how it stands on the page."""
SignatureKind = Literal["handwritten", "typed", "script_font", "digital", "transcribed", "none"]
LineSource = Literal["text_layer", "form_field", "annotation", "signature_field", "tesseract", "ppocr", "engine"]
"""`engine`: what another OCR engine gave, without the page."""
DateOrder = Literal["", "as written", "checks", "batch", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in fractions of its width and height, origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __str__(self) -> str:
        return f"{self.x0:.4f},{self.y0:.4f},{self.x1:.4f},{self.y1:.4f}"

    def turned(self, quarters: int) -> Box:
        """The same box on the page turned clockwise by so many quarters; fractions of the page as it then lies."""
        match quarters % 4:
            case 1:
                return Box(1 - self.y1, self.x0, 1 - self.y0, self.x1)
            case 2:
                return Box(1 - self.x1, 1 - self.y1, 1 - self.x0, 1 - self.y0)
            case 3:
                return Box(self.y0, 1 - self.x1, self.y1, 1 - self.x0)
        return self


@dataclass(frozen=True, slots=True)
class LineReading:
    """One line of typing or handwriting."""

    text: str
    score: float
    """0..1, the recognizer's own mean confidence; 1 for a text layer."""
    source: LineSource
    kind: InkKind
    page: int
    box: Box
    views: tuple[CtcEmissions, ...] = ()
    """Probabilities, one a view of the crop; empty where the text needs no recognizer."""
    printed: float = 0.0
    """0..1, probability that a line of a picture was set in plain type; it is asked of dates."""


@dataclass(frozen=True, slots=True)
class FieldReading:
    """What stands in one field. No lines: nothing stands there."""

    lines: tuple[LineReading, ...] = ()
    kind: InkKind = "none"
    page: int | None = None
    box: Box | None = None
    crop: bytes = field(default=b"", compare=False, repr=False)
    """PNG of the field as it stands on the page, upright; the proof shown to the editor."""

    @property
    def text(self) -> str:
        """All lines, joined by spaces; empty where nothing stands there."""
        return " ".join(line.text for line in self.lines)


EXTRA = "field_"
"""What the table's columns for further fields of a form begin with, before the field's name."""


@dataclass(frozen=True, slots=True)
class ExtraField:
    """A field beyond title, name, signature and date that the form asks for, and what stands in it."""

    name: str
    kind: Literal["text", "signature", "date", "tick"]
    label: str
    """The printed words that ask for it."""
    required: bool
    form_page: int
    """1-based page of the form."""
    value: str = ""
    """What the table shows: text as read, a day as ISO (or as read, where it is none), `yes` for a tick, `signed`."""
    reading: FieldReading = FieldReading()

    @property
    def column(self) -> str:
        """The table's column for it."""
        return EXTRA + self.name


@dataclass(frozen=True, slots=True)
class SignatureReading:
    """What stands where the form asks for a signature."""

    kind: SignatureKind = "none"
    confidence: float = 0.0
    """0..1 that something is signed (for `none`: still the probability that something is)."""
    at_label: bool = True
    """False where all that is signed stands beside the label that asks for the name."""
    lines: tuple[LineReading, ...] = ()
    page: int | None = None
    box: Box | None = None
    crop: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DayEvidence:
    """How well the days that explain a date's ink best explain it (see `pipeline.dates.evidence`)."""

    days: npt.NDArray[np.int32] = field(compare=False, repr=False)
    """Proleptic ordinals, increasing, shape (n,)."""
    by_order: npt.NDArray[np.float32] = field(compare=False, repr=False)
    """Log-likelihoods, shape (3, n): read year first, day first, month first."""
    none: float = 0.0
    """Log-likelihood that the ink is no date."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """Clause words that were struck out, added or changed."""

    kind: Literal["struck", "added", "changed"]
    form_text: str
    page_text: str
    page: int
    box: Box | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate signature inside the PDF, as validated."""

    signer: str
    signed_on: date | None
    intact: bool
    covers_file: bool
    trusted: bool
    detail: str
    certification: bool = False
    """Whether it certifies the file (and what may still be filled in) rather than signs it: the first signature of a
    form that its publisher hands out."""


@dataclass(frozen=True, slots=True)
class PageFit:
    """How one page of the return fits the form."""

    page: int
    form_page: int | None
    """1-based page of the form, None where no form page fits."""
    score: float
    """0..1, how sure the fit is."""
    matrix: tuple[float, ...] = ()
    """Homography, row by row, from form points (1/72 inch, origin top left) to fractions of the page."""
    rotation_deg: int = 0
    """Clockwise turn, in right angles, that puts the page as a viewer shows it upright."""
    agreement: int = 1
    """Which of the file's agreements the page belongs to, from 1; 0: none."""
    form: str = ""
    """The form that `form_page` is a page of, as `Observation.form` names it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file could not be read: a flag's code and one sentence that says what to do."""

    code: Literal["unreadable_file", "encrypted_file", "empty_file", "not_a_document"]
    sentence: str
    trace: str = field(default="", compare=False, repr=False)
    """What the program left behind where it failed itself: a traceback, or a worker's last words."""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Where in a transcript's text a field's writing stands, or would: it is empty then."""

    field: str
    start: int
    end: int
    """Behind the last character."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What another OCR engine gave of a return whose pages were not seen."""

    engine: str
    """The format, as an editor calls it: `plain text`, `hOCR`, `Amazon Textract`."""
    text: str
    """Its words, line by line, pages parted by form feeds, markup evened out."""
    places: tuple[TextPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """All that was read from one return."""

    pages: int = 0
    form: str = ""
    """Name of the form that fits (`pmlr`), with its version after a slash where it has several, and ` re-typeset` after
    that where its words stand in another layout; empty: none."""
    fits: tuple[PageFit, ...] = ()
    missing_pages: tuple[int, ...] = ()
    """1-based form pages that no page of the return fits."""
    title: FieldReading = FieldReading()
    name: FieldReading = FieldReading()
    signature: SignatureReading = SignatureReading()
    date: FieldReading = FieldReading()
    date_evidence: DayEvidence | None = None
    """What a handwritten date's ink says of each day; None: typed, or no date."""
    block_name: FieldReading = FieldReading()
    """A name written beside the signature (at "Corresponding Author:")."""
    name_signs: bool = False
    """Whether the form's name field asks for the name of whoever signs."""
    extra_fields: tuple[ExtraField, ...] = ()
    """All further fields of the form, blank ones too."""
    alterations: tuple[Alteration, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    page_fingerprint: bytes = field(default=b"", repr=False)
    """Fingerprint of the foreign ink on the signature page, for `same_scan`; empty: no ink."""
    problem: Problem | None = None
    seconds: float = 0.0
    transcript: Transcript | None = None
    """The text that the return was read from, where no page of it was seen."""
    date_opinion: str = ""
    """How another engine, whose text lies beside the scan, read the date."""


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a return lies in a container: an archive, a mail or a mailbox."""

    file: str
    """Absolute path of the container."""
    steps: tuple[str, ...]
    """The way from its bytes to those of the return (see `pipeline.intake.containers`)."""
    size: int = field(default=0, compare=False)
    mtime_ns: int = field(default=0, compare=False)
    """The container's, as a file's own are kept in its `Source`."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """A further file of a return that came in several."""

    name: str
    path: str
    sha256: str
    inside: Inside | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One return to read."""

    name: str
    """The table's `file`: path relative to the folder that was read, `/` separators, `#k` for the k-th of several."""
    path: str
    sha256: str
    size: int
    pages: tuple[int, ...] = ()
    """1-based pages of the return inside its file, in their order; empty: all of them."""
    mtime_ns: int = field(default=0, compare=False)
    """Time of the file's last change, nanoseconds since 1970; with path and size it saves hashing it again."""
    refused: Problem | None = None
    """Why the file must not or can't be opened (a pipe, a link out of the folder); `sha256` is empty then."""
    rest: tuple[FilePart, ...] = ()
    """The files that go on where this one ends: one agreement over several pictures. `sha256` is the first one's."""
    inside: Inside | None = None
    """Where it lies in a container; `path` is then the container's with the return's own name behind it."""
    sender: str = ""
    """Who sent the mail that it came in, `Ada Example <ada@example.org>`; empty: it came in none."""
    received: date | None = None
    """Day on which that mail arrived, UTC."""
    text: FilePart | None = None
    """What another OCR engine read of it, a file beside the scan."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible value of a field."""

    value: str
    """Roster key, roster author or ISO date."""
    label: str
    """As an editor reads it: the title, the name, `4 September 2020`."""
    probability: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the readings of one return mean beside the roster, the calendar and the batch."""

    article: str = ""
    article_confidence: float = 0.0
    article_candidates: tuple[Candidate, ...] = ()
    title_difference: str = ""
    """The words by which the title read differs from the roster's, empty where they agree."""
    authors: tuple[str, ...] = ()
    author_confidence: float = 0.0
    author_candidates: tuple[Candidate, ...] = ()
    signers: tuple[str, ...] = ()
    signer_confidence: float = 0.0
    signer_doubt: float = 0.0
    """Probability that another than those whom the form names signed, as far as the block shows it."""
    unrecognized_signer: str = ""
    """The signature as read, where it is legible and names no author of the article."""
    day: date | None = None
    date_confidence: float = 0.0
    date_candidates: tuple[Candidate, ...] = ()
    date_order: DateOrder = ""
    batch_day: date | None = None
    """Middle of the batch's sure dates, where neither roster nor settings tell the day of publication."""
    problem: Problem | None = None
    """Why the readings could not be judged: a fault of the program; nothing else is set then."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A coded reason for a person to look."""

    code: str
    sentence: str
    fields: tuple[str, ...] = ()
    """The table's columns that it is about, where its code alone does not tell: each is asked about by itself."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the results table, before people."""

    source: Source
    observation: Observation
    resolution: Resolution
    flags: tuple[Flag, ...] = ()
    status: Literal["clear", "review", "unreadable"] = "review"


@dataclass(frozen=True, slots=True)
class Volume:
    """A proceedings volume, as its `@Proceedings` entry tells it."""

    key: str = ""
    name: str = ""
    number: str = ""
    year: int | None = None
    start: date | None = None
    end: date | None = None
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the roster. Names are given name first, LaTeX decoded, NFC."""

    key: str
    title: str
    authors: tuple[str, ...]
    volume: Volume = Volume()
    submitted: date | None = None
    accepted: date | None = None
    state: Literal["expected", "withdrawn", "excused"] = "expected"
    emails: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    """What else it is called where it was submitted (OpenReview): file names may have it."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The articles that agreements are expected for."""

    articles: tuple[Article, ...] = ()
    problems: tuple[str, ...] = ()
    """Entries that were skipped or mended, one sentence each."""

    def article(self, key: str) -> Article | None:
        """The article of this key, as the roster spells it; None where there is none."""
        return next((a for a in self.articles if a.key == key), None)


@dataclass(frozen=True, slots=True)
class RosterDate:
    """One of a volume's dates that returns are judged by."""

    volume: str
    """The volume's key."""
    what: Literal["publication", "first day"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What one run may be told. Defaults are the design's."""

    today: date
    opened: date | None = None
    """First day on which agreements could be signed, where the editor knows it."""
    published: date | None = None
    """Day of publication, where the roster has none."""
    risk: float = 0.01
    """Share of wrong ones accepted among the cleared."""
    notes: frozenset[str] = frozenset({"from_text", "signature_script_font"})
    """Codes of flags that might block and are notes: these two, unless the editor says otherwise, and those that the
    editor made notes."""
    off: frozenset[str] = frozenset()
    """Codes of flags that the editor switched off."""
    forms: tuple[str, ...] = ()
    """Folders, absolute, of forms beside the packaged ones."""
    distrusted: frozenset[RosterDate] = frozenset()
    """Dates that most of a volume's returns contradict: nothing is judged by them. Found anew for each batch."""
