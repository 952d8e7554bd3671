"""The table of sample returns, each with what a right reading of it must give.

The truth beside each return is stated by hand, by the rules of the results table and its flags, with 20 November 2026
for today. It does not come from running the program.
"""

# The rows are laid out as a table.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import dataclass, replace

from sample_scans.maker import hands
from sample_scans.maker.page import Edit, Writing
from sample_scans.maker.returns import Case, Look


@dataclass(frozen=True, slots=True)
class Truth:
    """What must come out, in the words of the results table; `*` where either answer is right.

    `date` holds two days with `|` between them where nothing can settle which one is meant.
    """

    status: str
    flags: str = ""
    article: str = ""
    author: str = ""
    signature: str = "handwritten"
    signer: str = ""
    date: str = ""
    date_kind: str = "handwritten"
    date_order: str = "as written"


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: how it is made, what must come out (one truth an agreement in it), what it is there for."""

    case: Case
    shows: str
    truths: tuple[Truth, ...]


def _by_hand(
    text: str,
    height: float = 9.0,
    *,
    dx: float = 0.0,
    dy: float = 0.0,
    tilt_deg: float = 0.0,
    leading: float = 0.0,
    underlined: bool = False,
) -> Writing:
    return Writing(text, "hand", height, dx, dy, tilt_deg, leading, underlined=underlined)


def _typed(
    text: str,
    size: float = 10.0,
    font: str = "arimo",
    *,
    dy: float = -1.0,
    leading: float = 0.0,
    underlined: bool = False,
) -> Writing:
    return Writing(text, "type", size, dy=dy, leading=leading, font=font, underlined=underlined)


def _clear(article: str, author: str, date: str, signer: str | None = None, **more: str) -> tuple[Truth, ...]:
    """One clear return whose named author signs, unless `signer` says otherwise."""
    return (
        Truth("clear", article=article, author=author, date=date, signer=author if signer is None else signer, **more),
    )


def _review(
    flags: str, article: str, author: str, date: str, signer: str | None = None, **more: str
) -> tuple[Truth, ...]:
    return (Truth("review", flags, article, author, date=date, signer=author if signer is None else signer, **more),)


def _unread(flag: str) -> tuple[Truth, ...]:
    return (Truth("unreadable", flag, signature="none", date_kind="none", date_order=""),)


PHOTO = Look("photo", quality=48)
GREY = Look("scan", dpi=200, grey=True, quality=45, skew_deg=-0.5, noise=0.016)
COLOUR = Look("scan", quality=46)
"""A colour scan at 150 dpi."""
PALE = Look("scan", quality=50, ink=0.38, paper=0.97, skew_deg=0.3)
FAX = Look("fax", dpi=200, skew_deg=-0.6)

TRANSCRIPTS = (
    Sample(
        Case(
            "scan-0001.pdf",
            title=_typed("DFQF: Data Free Quantization-aware Fine-tuning", 9.5, "tinos"),
            name=_typed("Kai Huang", 10.5, "tinos"),
            signature=Writing("", "flourish", 23, dx=6, dy=4),
            date=_by_hand("2020.9.4", dx=14, dy=12, tilt_deg=1.5),
            hand=hands.HASTY,
            look=replace(COLOUR, skew_deg=-0.6, a4=True, edge=True),
        ),
        "First transcript: typed, printed, signed illegibly, scanned on A4",
        _clear("li20b", "Kai Huang", "2020-09-04", signer=""),
    ),
    Sample(
        Case(
            "20210602_164105.pdf",
            title=_by_hand("Differentiable Dynamic Quantization with Mixed\nPrecision and Adaptive resolution.", 8, dx=18, dy=-3, leading=14),
            name=_by_hand("Zhang Haoyang.", 8.5, dy=-1),
            signature=_by_hand("Zhang Zhongang", dx=8, dy=1),
            date=_by_hand("2021/6/2", dx=10, dy=9),
            hand=hands.ROUND_BLUE,
            look=replace(PHOTO, tilt=0.035, shadow=0.3),
        ),
        "Second transcript: a name that still fits an author, a signature that fits none; phone photo",
        _review("signer_not_an_author", "zhang21r", "Zhaoyang Zhang", "2021-06-02", signer=""),
    ),
    Sample(
        Case(
            "Publication Agreement (1).pdf",
            title=_typed("I-BERT: Integer-only BERT Quantization"),
            name=_typed("Sehoon Kim"),
            date=_typed("Jun. 17th. 2021", dy=0),
        ),
        "Third transcript: filled on screen, nothing on the Signed line",
        _review("unsigned", "kim21d", "Sehoon Kim", "2021-06-17", signer="", signature="none", date_kind="typed"),
    ),
    Sample(
        Case(
            "scan-0002.pdf",
            title=_by_hand("FlatQuant: Flatness Matters for LLM Quantization", 8, dy=-2, dx=10),
            name=_by_hand("Hao Li Bai", dy=-1),
            signature=_by_hand("Haoli Bai", 10, dx=8, dy=2),
            date=_by_hand("2015/06/06", dx=8, dy=10),
            hand=hands.NARROW_BLUE,
            look=replace(COLOUR, dpi=170, skew_deg=0.8),
        ),
        "Fourth transcript: a clearly written year ten years before the article",
        _review("date_precedes_article", "sun25l", "Haoli Bai", "2015-06-06"),
    ),
    Sample(
        Case(
            "agreement_signed.pdf",
            title=_typed("Punching Above Precision: Small Quantized Model Distillation with Learnable Regularizer", 9),
            name=_typed("Jaeho Lee"),
            signature=Writing("JLee", "pasted", 13, dx=48, dy=-1),
            date=_typed("2025/10/07", dy=0),
            hand=hands.SLOPING,
        ),
        "Fifth transcript: filled on screen, initial and family name pasted as a picture",
        _clear("rehman25", "Jaeho Lee", "2025-10-07", date_kind="typed"),
    ),
)  # fmt: skip

MEDIA = (
    Sample(
        Case(
            "pmlr-form-signed.pdf",
            title=_by_hand("Slow Mirrors: Delay-Aware Consensus for\nIntermittent Sensor Meshes", 9, dx=26, dy=-3, leading=15),
            name=_by_hand("Jörg Kämpfelbach", 10.5),
            signature=_by_hand("J. Kämpfelbach", 13.5, dx=6, dy=2),
            date=_by_hand("13.10.2026", 13, dx=9, dy=12),
            hand=hands.ON_GLASS,
        ),
        "Stylus on a tablet: vector ink over the form's own text layer",
        _clear("vantongeren26", "Jörg Kämpfelbach", "2026-10-13"),
    ),
    Sample(
        Case(
            "IMG_2041.pdf",
            title=_by_hand("Gradient Echoes in Recurrent Attention: A Spectral View", 9, dx=14, dy=-2, tilt_deg=1),
            name=_by_hand("Éloïse Châtaignier-Roux", 10.5),
            signature=_by_hand("E. Châtaignier", 15.5, dx=10, dy=4, tilt_deg=4),
            date=_by_hand("13 octobre 2026", 11, dx=8, dy=13),
            hand=hands.CURSIVE_BLUE,
            look=replace(PHOTO, shadow=0.55, tilt=0.06),
        ),
        "Phone photo with perspective and a hard shadow; French date",
        _clear("chataignier26", "Éloïse Châtaignier-Roux", "2026-10-13"),
    ),
    Sample(
        Case(
            "scan-0003.pdf",
            title=_by_hand("Counterfactual Routing for Mixture-of-Experts under Label Drift", 7.5, dx=20, dy=-2),
            name=_by_hand("Ruoxi Shangguan", 10.5),
            signature=_by_hand("Ruoxi Shangguan", 13.5, dx=5, dy=2),
            date=_by_hand("2026.10.8", 13, dx=8, dy=10),
            hand=hands.HASTY,
            look=GREY,
        ),
        "Grey scan at 200 dpi",
        _clear("shangguan26", "Ruoxi Shangguan", "2026-10-08"),
    ),
    Sample(
        Case(
            "FAX0009.pdf",
            title=_by_hand("HaloNet: Rotation-Robust Point Cloud Matching\nwith Shell Descriptors", 9.5, dx=20, dy=-3, leading=17),
            name=_by_hand("Ga-Ram Jegal", 11),
            signature=_by_hand("Ga-Ram Jegal", 15, dx=10, dy=4),
            date=_by_hand("2026. 10. 13.", 13, dx=10, dy=16),
            hand=hands.FELT_TIP,
            look=FAX,
        ),
        "Fax: one bit a pixel, CCITT group 4",
        _clear("namgoong26", "Ga-Ram Jegal", "2026-10-13"),
    ),
    Sample(
        Case(
            "scan-0004.pdf",
            title=_by_hand("Learning to Defer when Experts Disagree Politely", 8.5, dx=10, dy=-2),
            name=_by_hand("Käthe Grünwaldner-Öhl", 9.5),
            signature=_by_hand("K. Grünwaldner-Öhl", 12, dx=8, dy=3),
            date=_by_hand("13. Oktober 2026", 12.5, dx=8, dy=11),
            hand=hands.PLAIN,
            look=replace(COLOUR, turn=1, skew_deg=0.5),
        ),
        "Sideways: the pages lie on their side in the pixels; German date",
        _clear("gruenwaldner26", "Käthe Grünwaldner-Öhl", "2026-10-13"),
    ),
    Sample(
        Case(
            "Scan 15 Oct.pdf",
            title=_by_hand("Dialect-Aware Byte Tokenizers for Maghrebi\nSpeech Transcripts", 9, dx=12, dy=-3, leading=15),
            name=_by_hand("Idris Benmansouri-Tazi", 10),
            signature=Writing("", "flourish", 28, dx=20, dy=8),
            date=_by_hand("15/10/2026", 13.5, dx=10, dy=16),
            block_name=_by_hand("Idris Benmansouri-Tazi", 8, dx=2),
            hand=hands.SCHOOL,
            look=replace(COLOUR, turn=2, skew_deg=-0.7, creased=True),
        ),
        "Upside down; folded; an illegible signature with the name beside it",
        _clear("benmansouri26", "Idrīs Benmansouri-Tazi", "2026-10-15"),
    ),
    Sample(
        Case(
            "scan-0005.pdf",
            title=_by_hand("Vocabulary Surgery for Multilingual Encoders", 9, dx=8, dy=-2),
            name=_by_hand("Philippa Lemesurier", 9.5),
            signature=_by_hand("P. Lemesurier", 17, dx=12, dy=5, tilt_deg=3, underlined=True),
            date=_by_hand("Oct 12th 2026", 12, dx=9, dy=17),
            hand=hands.STEADY,
            look=replace(COLOUR, turn=3, rotate=90, shine=True),
        ),
        "Pixels on their side, put right by the page's /Rotate; the other side shines through",
        _clear("whakatane26", "Philippa Lemesurier", "2026-10-12"),
    ),
    Sample(
        Case(
            "agreement (2).pdf",
            title=_typed("Tiny Teachers: Distilling Reward Models on a Coffee-Break Budget", 9.5, "tinos"),
            name=_typed("Quách Lệ Dương", 10, "tinos"),
            signature=Writing("Lệ Dương", "photo", 13, dx=14, dy=2),
            date=_typed("October 9, 2026", 10, "tinos", dy=9),
            hand=hands.VIET,
        ),
        "Text layer with a pasted photo of a signature; family name first; date below its label",
        _clear("quach26", "Lệ Dương Quách", "2026-10-09", date_kind="typed"),
    ),
    Sample(
        Case(
            "permission-form.pdf",
            title=Writing("Certified Forgetting for Nearest-Neighbour Retrieval", "note", 10, dy=-1),
            name=Writing("Tiwalade Oyebanji-Kurr", "note", 10, dy=-1),
            signature=Writing("", "ink note", 18, dx=10, dy=-3, colour=(0, 0, 180)),
            date=Writing("8 October 2026", "note", 10),
        ),
        "PDF annotations: FreeText for the words, Ink for the signature",
        _clear("oyebanji26", "Tiwalade Oyebanji-Kurr", "2026-10-08", signer="", date_kind="typed"),
    ),
    Sample(
        Case(
            "form_filled.pdf",
            title=Writing("Kolmogorov Clocks: Event-Time Embeddings for Irregular Logs", "entry", 8.5, dy=-2),
            name=Writing("Žofie Lípová", "entry", 9, dy=-2),
            signature=Writing("Žofie Lípová", "pasted", 11, dx=10, dy=0),
            date=Writing("2026-10-12", "entry", 9),
            hand=hands.ON_TABLET,
        ),
        "Form fields of the PDF, signature pasted",
        _clear("hvezdomir26", "Žofie Lípová", "2026-10-12", date_kind="typed"),
    ),
    Sample(
        Case(
            "multipage.tif",
            title=_by_hand("Pruning Forests without Losing Birds: Audio\nEnsembles at the Edge", 9, dx=14, dy=-3, leading=15),
            name=_by_hand("Iker Goñibarren", 11.5),
            signature=_by_hand("Iker Goñibarren", 13.5, dx=8, dy=3),
            date=_by_hand("2026/10/13", 12.5, dx=10, dy=13),
            hand=hands.LOOPS,
            look=replace(GREY, dpi=170, quality=55),
            container="tiff",
        ),
        "Image file: TIFF of two pages",
        _clear("etxeandi26", "Iker Goñibarren", "2026-10-13"),
    ),
    Sample(
        Case(
            "IMG_0388.heic",
            title=_by_hand("Approximate Unlearning via Influence Sketches", 9, dx=10, dy=-2),
            name=_by_hand("Siobhra Mac Aodhagain", 10.5),
            signature=_by_hand("S. Mac Aodhagain", 13, dx=14, dy=5, tilt_deg=3),
            date=_by_hand("16 Oct 2026", 13, dx=10, dy=16),
            hand=hands.SMALL,
            look=Look("photo", dpi=160, quality=42, shadow=0.25, tilt=0.03, noise=0.008),
            container="heic",
        ),
        "Image file: HEIC that holds two photos",
        _clear("macaodhagain26", "Siobhra Mac Aodhagain", "2026-10-16"),
    ),
    Sample(
        Case(
            "page.png",
            title=_typed("Graph Transformers that Count Triangles"),
            name=_typed("Tatsunori Hoshikawabe"),
            look=Look("scan", skew_deg=0.0, noise=0.0, grey=True, paper=1.0, ink=0.0),
            pages=(1,),
            container="png",
        ),
        "Image file: PNG of page 1 alone",
        _review("page_missing", "hoshikawabe26", "Tatsunori Hoshikawabe", "", signer="", signature="none", date_kind="none", date_order=""),
    ),
    Sample(
        Case(
            "IMG_2057.jpg",
            signature=_by_hand("Wulfram Tannenschlag", 12.5, dx=6, dy=2, tilt_deg=2),
            date=_by_hand("Oct. 7th, 2026", 12, dx=9, dy=12),
            hand=hands.ROUND_BLUE,
            look=Look("photo", dpi=160, quality=60, shadow=0.35),
            pages=(2,),
            container="jpeg",
        ),
        "Image file: JPEG photo of the last page alone",
        _review("page_missing", "*", "*", "2026-10-07", signer="*"),
    ),
    Sample(
        Case(
            "PageCam 10-14.pdf",
            title=_by_hand("Optimal Stopping for Active Annotation", 13, dx=8, dy=-2),
            name=_by_hand("Embla Lindqvister", 16),
            signature=_by_hand("Embla Lindqvister", 17.5, dx=9, dy=4),
            date=_by_hand("14-Oct-2026", 17, dx=9, dy=13),
            hand=hands.TALL,
            look=Look("photo", quality=45, tilt=0.01, margin=0.0, shadow=0.15, noise=0.01, layer="stamp"),
        ),
        "Scanning app: a flattened photo whose text layer holds the app's name only",
        _clear("lindqvister26", "Embla Lindqvister", "2026-10-14"),
    ),
    Sample(
        Case(
            "scan-0006.pdf",
            title=_typed("Symmetry Discovery by Guessing and Checking", 10, "tinos"),
            name=_typed("Danai Papadimakopoulou", 10, "tinos"),
            signature=_by_hand("D. Papadimakopoulou", 12, dx=6, dy=2),
            date=_by_hand("October 16, 2026", 12.5, dx=8, dy=12),
            hand=hands.CURSIVE_BLACK,
            look=replace(COLOUR, grey=True, layer="ocr", skew_deg=0.2),
        ),
        "Grey scan with a poor OCR's text layer",
        _clear("papadimas26", "Danai Papadimakopoulou", "2026-10-16"),
    ),
    Sample(
        Case(
            "Document 7.pdf",
            title=_typed("Forecasting Cyclone Tracks with Score Matching"),
            name=_typed("Corentin Delahoussaye-Pic"),
            signature=_by_hand("C. Delahoussaye", 14.5, dx=24, dy=6, tilt_deg=5, underlined=True),
            date=_by_hand("15 October 2026", 11.5, dx=9, dy=14),
            hand=hands.LOOPS,
            last_look=replace(COLOUR, skew_deg=-0.9, shine=True),
        ),
        "Page 1 filled on screen, page 2 printed, signed and scanned",
        _clear("raveloson26", "Corentin Delahoussaye-Pic", "2026-10-15"),
    ),
    Sample(
        Case(
            "scan-0007.pdf",
            title=_by_hand("Differentially Private Spelling Correction", 8.5, dx=6, dy=-2),
            name=_by_hand("Lingfei Tuoba", 9.5),
            signature=Writing("拓跋凌菲", "hand", 15, dx=8, dy=5),
            date=Writing("2026年10月12日", "hand", 11.5, dx=8, dy=19),
            hand=hands.HAN,
            look=replace(COLOUR, dpi=170, a4=True, skew_deg=0.5),
        ),
        "Signature in Chinese characters, date with 年, 月, 日",
        _clear("tuoba26", "Lingfei Tuoba", "2026-10-12"),
    ),
    Sample(
        Case(
            "scan-0008.pdf",
            title=_by_hand("Permutation Tests for Learned Simulators", 8.5, dx=6, dy=-2),
            name=_by_hand("Ha-Neul Dokgo", 9),
            signature=Writing("독고 하늘", "hand", 13, dx=10, dy=3),
            date=Writing("2026. 10. 14", "hand", 10.5, dx=8, dy=15),
            hand=hands.HANGUL,
            look=replace(PALE, a4=True),
        ),
        "Signature in Hangul; a pale scan",
        _clear("Dokgo26A", "Ha-Neul Dokgo", "2026-10-14", signer="*"),
    ),
)  # fmt: skip

FIELDS = (
    Sample(
        Case(
            "scan-0009.pdf",
            title=_by_hand("A Unified Convergence Analysis of Stochastic Extragradient Methods\nwith Biased Oracles and Delayed Communication", 8.5, dx=60, dy=-4, leading=16),
            name=_by_hand("Anneliese Rombach-Ferrer", 10.5),
            signature=_by_hand("A. Rombach-Ferrer", 13.5, dx=14, dy=4),
            date=_by_hand("13.10.2026", 12.5, dx=9, dy=15),
            hand=hands.STEADY,
            look=replace(COLOUR, skew_deg=0.7),
        ),
        "Title on two lines that run into the right margin, over printed words",
        _clear("rombach26", "Anneliese Rombach-Ferrer", "2026-10-13"),
    ),
    Sample(
        Case(
            "scan-0010.pdf",
            title=_by_hand("Prompt Gardens: Growing Few-Shot Examples by Tournament", 8.5, dx=14, dy=-2),
            name=_by_hand("Aruzhan Beisekova-Tal, Timur Qaldybay and Dana Seitzhanuly", 7.5, dx=20),
            signature=_by_hand("Timur Qaldybay", 13.5, dx=10, dy=4),
            date=_by_hand("Oct. 8, 2026", 10, dx=9, dy=14),
            hand=hands.PLAIN,
            look=replace(COLOUR, skew_deg=-0.3),
        ),
        "All three authors in the name field; the second signs",
        _clear("beisekova26", "Aruzhan Beisekova-Tal; Timur Qaldybay; Dana Seitzhanuly", "2026-10-08", signer="Timur Qaldybay", flags="several_names"),
    ),
    Sample(
        Case(
            "two-of-us.pdf",
            title=_by_hand("Hypernetworks for Seismic Inversion", 9.5, dx=6, dy=-2),
            name=_by_hand("Arpine Nazaretsyan, Dario Molinaretti", 8.5),
            signature=_by_hand("Arpine Nazaretsyan,  Dario Molinaretti", 9, dx=5, dy=2),
            date=_by_hand("13/10/2026", 13, dx=9, dy=11),
            hand=hands.PLAIN,
            look=PHOTO,
        ),
        "Two names, two signers on one line",
        _clear("nazaretyan26", "Arpine Nazaretsyan; Dario Molinaretti", "2026-10-13", flags="several_names; several_signers"),
    ),
    Sample(
        Case(
            "Agreement_v2_final.pdf",
            title=_typed("Lattice Descent for Quantized Federated Averaging"),
            name=_typed("Lusine Ter-Minasyants and PMLR"),
            signature=Writing("Lusine Ter-M", "pasted", 14, dx=16, dy=1, tilt_deg=4),
            date=_typed("Oct 14, 2026", dy=0),
            hand=hands.ON_TABLET,
        ),
        "Name field that names both parties",
        _clear("hakobyan26", "Lusine Ter-Minasyants", "2026-10-14", date_kind="typed"),
    ),
    Sample(
        Case(
            "scan-0011.pdf",
            title=_by_hand("Learning Tide Gauges with Neural Differential Equations", 8, dx=12, dy=-2),
            name=_by_hand("Anaïs Ferreirinho", 9.5),
            signature=_by_hand("A. Ferreirinho", 13.5, dx=10, dy=4),
            date=_by_hand("Oct 9th, 2026", 12.5, dx=9, dy=15),
            hand=hands.CURSIVE_BLACK,
            look=replace(COLOUR, grey=True),
        ),
        "A word of the title differs from the roster's",
        _clear("ferreirinho26", "Anaïs Ferreirinho", "2026-10-09", flags="title_differs"),
    ),
    Sample(
        Case(
            "scan-0012.pdf",
            title=_by_hand("Sparse Attention from Sorted Sketches", 9, dx=8, dy=-2),
            name=_by_hand("Ruwan Ekanayakage", 9.5),
            date=_by_hand("15 October 2026", 11.5, dx=9, dy=4),
            hand=hands.SCHOOL,
            look=replace(COLOUR, skew_deg=0.5),
        ),
        "Unsigned, filled by hand",
        _review("unsigned", "wijesundara26", "Ruwan Ekanayakage", "2026-10-15", signer="", signature="none"),
    ),
    Sample(
        Case(
            "IMG_2102.pdf",
            title=_by_hand("Bandits with Forgetful Neighbours", 10, dx=6, dy=-2),
            name=_by_hand("Jagna Kozłowiecka", 11.5),
            signature=_by_hand("J. Kozłowiecka", 14, dx=10, dy=5, tilt_deg=3),
            hand=replace(hands.STEADY, signs_with="zeyada"),
            look=replace(PHOTO, shadow=0.25),
        ),
        "Undated",
        _review("undated", "kozlowiecka26", "Jagna Kozłowiecka", "", date_kind="none", date_order=""),
    ),
    Sample(
        Case(
            "scan-0013.pdf",
            name=_by_hand("Morenike Adeyanju-Holt", 11),
            signature=_by_hand("Morenike Adeyanju-Holt", 12.5, dx=6, dy=3),
            date=_by_hand("2026-10-13", 10, dx=9, dy=12),
            hand=hands.NARROW_BLUE,
            look=COLOUR,
        ),
        "Title left blank",
        _review("title_missing", "*", "*", "2026-10-13", signer="*"),
    ),
    Sample(
        Case(
            "scan-0014.pdf",
            title=_by_hand("Neural Fields for Leaky Roofs: Thermal Imaging\nwith Few Views", 9, dx=12, dy=-3, leading=15),
            signature=_by_hand("Ruggero Collevecchia", 11, dx=8, dy=3),
            date=_by_hand("12 Oct. 2026", 11.5, dx=9, dy=12),
            hand=hands.SLOPING,
            look=replace(COLOUR, grey=True, skew_deg=-0.4),
        ),
        "Name left blank",
        _review("name_missing", "brusatori26", "", "2026-10-12", signer="Ruggero Collevecchia"),
    ),
    Sample(
        Case(
            "scan-0015.pdf",
            title=_by_hand("Wavelets for Wandering Robots: A Field Study", 9, dx=8, dy=-2),
            name=_by_hand("Ludovica Sparmaglio", 11),
            signature=_by_hand("L. Sparmaglio", 13.5, dx=8, dy=3),
            date=_by_hand("13 Oct 2026", 11.5, dx=9, dy=12),
            hand=hands.SMALL,
            look=COLOUR,
        ),
        "A title that no article of the roster has",
        _review("title_not_in_roster", "", "", "2026-10-13", signer=""),
    ),
    Sample(
        Case(
            "20261014_091544.pdf",
            title=_by_hand("Streaming Tensor Sketches with Provable Memory", 8.5, dx=10, dy=-2),
            name=_by_hand("Bogumila Trzcinkowska", 10.5),
            signature=Writing("", "flourish", 24, dx=10, dy=5),
            date=_by_hand("October 14th, 2026", 10.5, dx=9, dy=14),
            hand=hands.ROUND_BLUE,
            look=PHOTO,
        ),
        "A name that is no author of the article",
        _review("name_not_an_author", "yuchi26", "", "2026-10-14", signer=""),
    ),
    Sample(
        Case(
            "scan-0016.pdf",
            title=_typed("When do Vision Transformers Copy?"),
            name=_typed("Kehinde Oduyalami"),
            signature=_by_hand("Perpetua Quellinck", 12.5, dx=8, dy=3),
            date=_by_hand("8 Oct 2026", 13.5, dx=9, dy=12),
            hand=hands.CURSIVE_BLACK,
            look=replace(COLOUR, grey=True),
        ),
        "Signed, legibly, by someone who is no author",
        _review("signer_not_an_author", "oduya26", "Kehinde Oduyalami", "2026-10-08", signer=""),
    ),
    Sample(
        Case(
            "scan-0017.pdf",
            title=_by_hand("Robust Offline Control from Mislabeled Rewards", 11.5, dx=10, dy=-2),
            name=_by_hand("Intan Soekarnawati", 15),
            signature=_by_hand("Joost Van der Plaetsen", 14, dx=6, dy=3),
            date=_by_hand("16-10-2026", 15, dx=9, dy=12),
            hand=hands.TALL,
            look=COLOUR,
        ),
        "Signed by another author than page 1 names",
        _review("signer_differs", "soekarna26", "Intan Soekarnawati", "2026-10-16", signer="Joost Van der Plaetsen"),
    ),
    Sample(
        Case(
            "scan-0018.pdf",
            title=_by_hand("Group-Fair Clustering on a Sphere", 9.5, dx=8, dy=-2),
            name=_by_hand("Sindre Brandvold", 10.5),
            block_name=_by_hand("Sindre Brandvold", 9, dx=2),
            date=_by_hand("Oct. 13, 2026", 13.5, dx=4, dy=3),
            hand=hands.PLAIN,
            look=COLOUR,
        ),
        "A name plainly written beside Corresponding Author, nothing on the Signed line",
        _review("unsigned", "marchetto26", "Sindre Brandvold", "2026-10-13", signer="*", signature="*"),
    ),
    Sample(
        Case(
            "Agreement-signed-typed.pdf",
            title=_typed("Second-Order Curricula for Program Synthesis"),
            name=_typed("Tuva Almqvarn"),
            signature=_typed("Tuva Almqvarn", dy=0),
            date=_typed("12 October 2026", dy=0),
        ),
        "Typed where a signature should be",
        _review("signature_typed", "almqvarn26", "Tuva Almqvarn", "2026-10-12", signature="typed", date_kind="typed"),
    ),
    Sample(
        Case(
            "Agreement (3).pdf",
            title=_typed("Fast Mixing of Langevin Samplers on Trees"),
            name=_typed("Maialen Zubietazarra"),
            signature=Writing("Maialen Zubietazarra", "script", 15, dy=1),
            date=_typed("2026-10-13", dy=1),
        ),
        "Signature in a script font of the computer",
        _clear("zubieta26", "Maialen Zubietazarra", "2026-10-13", signature="script_font", date_kind="typed", flags="signature_script_font"),
    ),
)  # fmt: skip

DATES = (
    Sample(
        Case(
            "scan-0019.pdf",
            title=_by_hand("Learning Invariant Kernels from a Single Orbit", 8.5, dx=8, dy=-2),
            name=_by_hand("Imke Haverkampf", 10.5),
            signature=_by_hand("Imke Haverkampf", 13.5, dx=8, dy=3),
            date=_by_hand("10/06/2026", 12.5, dx=9, dy=13),
            hand=hands.NARROW_BLUE,
            look=COLOUR,
        ),
        "6 October or 10 June: the other returns of the batch settle it",
        _clear("petrosillo26", "Imke Haverkampf", "2026-10-06", date_order="batch"),
    ),
    Sample(
        Case(
            "scan-0020.pdf",
            title=_typed("Memory Replay without Memories"),
            name=_typed("Blanka Grzeszkowiak-Lee"),
            signature=_by_hand("B. Grzeszkowiak-Lee", 11.5, dx=8, dy=3),
            date=_by_hand("11/12/2026", 13.5, dx=9, dy=13),
            hand=hands.STEADY,
            look=replace(COLOUR, grey=True, skew_deg=-0.8),
        ),
        "12 November, since 11 December has not come yet",
        _clear("grzesko26", "Blanka Grzeszkowiak-Lee", "2026-11-12", date_order="checks"),
    ),
    Sample(
        Case(
            "IMG_2110.pdf",
            title=_by_hand("Active Search in Crowded Rooms", 10, dx=8, dy=-2),
            name=_by_hand("Mathijs Obrechtsen", 10),
            signature=_by_hand("M. Obrechtsen", 13.5, dx=10, dy=4),
            date=_by_hand("2026/12/01", 13.5, dx=9, dy=15),
            hand=hands.FELT_TIP,
            look=replace(PHOTO, tilt=0.03),
        ),
        "A day that has not come yet",
        _review("date_in_future", "obrechts26", "Mathijs Obrechtsen", "2026-12-01"),
    ),
    Sample(
        Case(
            "scan-0021.pdf",
            title=_by_hand("Layout Grammars for Handwritten Ledgers", 9, dx=8, dy=-2),
            name=_by_hand("Mikako Tsurugasaki", 10),
            signature=_by_hand("Mikako Tsurugasaki", 11, dx=8, dy=3),
            date=_by_hand("2025.11.28", 12, dx=9, dy=13),
            hand=hands.SMALL,
            look=replace(COLOUR, a4=True),
        ),
        "Dated two weeks after publication",
        _review("date_after_publication", "tsurugasaki25", "Mikako Tsurugasaki", "2025-11-28"),
    ),
    Sample(
        Case(
            "scan-0022.pdf",
            title=_typed("Finding Signatures in Faxes of Faxes", 10, "tinos"),
            name=_typed("Tjark Osterbrand", 10, "tinos"),
            signature=_by_hand("T. Osterbrand", 14, dx=10, dy=4),
            date=_by_hand("18 March 2024", 11, dx=9, dy=14),
            hand=hands.CURSIVE_BLACK,
            look=replace(COLOUR, grey=True),
        ),
        "Dated twenty months before publication: lapsed",
        _review("date_lapsed", "osterbrand25", "Tjark Osterbrand", "2024-03-18"),
    ),
    Sample(
        Case(
            "scan-0023.pdf",
            title=_by_hand("Receipts as Graphs", 10, dx=6, dy=-2),
            name=_by_hand("Tomás Valadouro", 12),
            signature=_by_hand("Tomás Valadouro", 13.5, dx=8, dy=3),
            date=_by_hand("05/09/2025", 11.5, dx=9, dy=13),
            hand=hands.SCHOOL,
            look=COLOUR,
        ),
        "5 September or 9 May, and nothing settles it",
        _clear("valadouro25", "Tomás Valadouro", "2025-05-09|2025-09-05", date_order="ambiguous", flags="date_ambiguous"),
    ),
    Sample(
        Case(
            "Scanned_20250512.pdf",
            title=_typed("Table Recovery from Photographs of Whiteboards"),
            name=_typed("Žofie Lípová"),
            signature=Writing("Ž. Lípová", "pasted", 13, dx=12, dy=2),
            date=_typed("12 May 2025", dy=0),
            hand=hands.ON_TABLET,
        ),
        "Filled on screen in May",
        _clear("lipova25", "Žofie Lípová", "2025-05-12", date_kind="typed"),
    ),
    Sample(
        Case(
            "scan-0024.pdf",
            title=_by_hand("Reading Order without Reading", 12, dx=6, dy=-2),
            name=_by_hand("Njaal Halvorsrud", 12),
            signature=_by_hand("Njaal Halvorsrud", 14, dx=8, dy=3),
            date=_by_hand("3. Sept. 2025", 13, dx=9, dy=13),
            hand=hands.UPRIGHT,
            look=replace(COLOUR, edge=True),
        ),
        "Green ink, scanned in September",
        _clear("halvorsrud25", "Njaal Halvorsrud", "2025-09-03"),
    ),
)  # fmt: skip

ALTERED = (
    Sample(
        Case(
            "scan-0026.pdf",
            title=_by_hand("Fair Ranking under Popularity Storms", 10, dx=8, dy=-2),
            name=_by_hand("Tamar Abdelnourian", 13),
            signature=_by_hand("T. Abdelnourian", 17.5, dx=10, dy=4),
            date=_by_hand("Oct 14, 2026", 11, dx=9, dy=14),
            hand=hands.CURSIVE_BLUE,
            look=replace(COLOUR, skew_deg=0.4),
            edits=(Edit(2, "You agree to indemnify the publisher against any claim or action alleging facts which, if true,"),),
        ),
        "Clause words struck out by pen",
        _review("form_altered", "abdelnour26", "Tamar Abdelnourian", "2026-10-14"),
    ),
    Sample(
        Case(
            "agreement_edited.pdf",
            title=_typed("Latent Maps of Harbour Traffic"),
            name=_typed("Axel Sjöfarare"),
            signature=Writing("Axel Sjöfarare", "pasted", 12, dx=12, dy=1),
            date=_typed("15 October 2026", dy=0),
            hand=hands.ON_TABLET,
            edits=(Edit(2, "one year", "ten years", typed=True),),
        ),
        "A clause's words replaced in the text itself: ten years for one year",
        _review("form_altered", "mavrommatou26", "Axel Sjöfarare", "2026-10-15", date_kind="typed"),
    ),
    Sample(
        Case(
            "scan-0028.pdf",
            title=_by_hand("Mirror Prox for Mirror Images", 9.5, dx=8, dy=-2),
            name=_by_hand("Signe Zetterqvarn", 10.5),
            signature=_by_hand("Signe Zetterqvarn", 11, dx=8, dy=3),
            date=_by_hand("9 October 2026", 13.5, dx=9, dy=12),
            hand=hands.SMALL,
            look=replace(COLOUR, dpi=170, skew_deg=-0.3),
            edits=(Edit(1, "Creative Commons Attribution 4.0", "CC BY-NC-ND"),),
        ),
        "A licence struck out by pen and another written above it",
        _review("form_altered", "zetterqvarn26", "Signe Zetterqvarn", "2026-10-09"),
    ),
)  # fmt: skip

SHARED = Case(
    "scan-0027.pdf",
    title=_by_hand("Tropical Geometry of Max-Plus Networks", 9, dx=8, dy=-2),
    name=_by_hand("Rima Khouri-Haddadine", 10),
    signature=_by_hand("Rima Khouri-Haddadine", 12, dx=8, dy=3),
    date=_by_hand("15 Oct 2026", 13, dx=9, dy=12),
    hand=hands.ROUND_BLUE,
    look=COLOUR,
)
SECOND_OF_TWO = Case(
    "second-of-two",
    title=_by_hand("A Bayesian Look at Broken Thermometers", 9, dx=8, dy=-2),
    name=_by_hand("Huỳnh-Đỗ Trúc Lam", 10.5),
    signature=_by_hand("Trúc Lam", 14.5, dx=12, dy=3, tilt_deg=5),
    date=_by_hand("16/10/2026", 13, dx=9, dy=13),
    hand=hands.VIET,
    look=replace(COLOUR, skew_deg=-0.4),
)
LOCKED = Case(
    "Agreement_protected.pdf",
    title=_typed("Stamps, Seals and Coffee Stains: A Benchmark"),
    name=_typed("Aksel Kristoffersund"),
    signature=Writing("Aksel", "pasted", 13, dx=12, dy=1),
    date=_typed("3 September 2025", dy=0),
    hand=hands.ON_TABLET,
    damage="encrypted",
)

BATCH = (
    Sample(
        Case(
            "scan-0029.pdf",
            title=_by_hand("Spectral Pruning with a Conscience", 11, dx=8, dy=-2),
            name=_by_hand("Ottilie Eversholtz", 12.5),
            signature=_by_hand("Ottilie Eversholtz", 14.5, dx=8, dy=3),
            date=_by_hand("2026-10-08", 13, dx=9, dy=13),
            hand=hands.UPRIGHT,
            look=replace(COLOUR, grey=True),
        ),
        "The earlier of two returns for one article",
        _review("duplicate_return", "eversholt26", "Ottilie Eversholtz", "2026-10-08"),
    ),
    Sample(
        Case(
            "Spectral agreement signed again.pdf",
            title=_typed("Spectral Pruning with a Conscience"),
            name=_typed("Ottilie Eversholtz"),
            signature=Writing("O. Eversholtz", "pasted", 14, dx=16, dy=2, tilt_deg=3),
            date=_typed("October 15, 2026", dy=0),
            hand=hands.UPRIGHT,
        ),
        "The later of the two: kept",
        _clear("eversholt26", "Ottilie Eversholtz", "2026-10-15", flags="duplicate_kept", date_kind="typed"),
    ),
    Sample(
        SHARED,
        "Its last page serves another article too",
        _review("same_scan", "khourihaddad26a", "Rima Khouri-Haddadine", "2026-10-15"),
    ),
    Sample(
        Case(
            "scan-0030.pdf",
            title=_by_hand("Counting Linear Regions of Max-Plus Networks", 9, dx=8, dy=-2),
            name=_by_hand("Rima Khouri-Haddadine", 11),
            hand=hands.ROUND_BLUE,
            look=COLOUR,
            last_page_of=SHARED,
        ),
        "The other article, with the very same last page",
        _review("same_scan", "khourihaddad26b", "Rima Khouri-Haddadine", "2026-10-15"),
    ),
    Sample(
        Case(
            "scan-0031.pdf",
            title=_by_hand("Anytime Inference on Solar-Powered Cameras", 9, dx=8, dy=-2),
            name=_by_hand("Nahia Oyarzabala", 10),
            signature=_by_hand("N. Oyarzabala", 14.5, dx=10, dy=4),
            date=_by_hand("Oct. 16, 2026", 11.5, dx=9, dy=14),
            hand=hands.SLOPING,
            look=replace(COLOUR, skew_deg=0.6),
            pages=(2, 1),
        ),
        "Pages in reverse order",
        _clear("lindenau26", "Nahia Oyarzabala", "2026-10-16"),
    ),
    Sample(
        Case(
            "both_agreements.pdf",
            title=_by_hand("Continual Learning by Forgetting Fairly", 12, dx=8, dy=-2),
            name=_by_hand("Eun-Chae Sagong", 15.5),
            signature=_by_hand("Eun-Chae Sagong", 16, dx=8, dy=3),
            date=_by_hand("2026.10.13", 17.5, dx=9, dy=13),
            hand=hands.TALL,
            look=replace(COLOUR, skew_deg=0.5),
            more=(SECOND_OF_TWO,),
        ),
        "Two agreements in one file",
        _clear("sagong26", "Eun-Chae Sagong", "2026-10-13") + _clear("huynhdo26", "Trúc Lam Huỳnh-Đỗ", "2026-10-16"),
    ),
    Sample(
        Case(
            "scan-0032.pdf",
            title=_by_hand("Kernel Herding with Noisy Shepherds", 10, dx=8, dy=-2),
            name=_by_hand("Zelinda Cavallerini", 11.5),
            signature=_by_hand("Z. Cavallerini", 17.5, dx=10, dy=4),
            date=_by_hand("14.10.2026", 11.5, dx=9, dy=14),
            hand=hands.CURSIVE_BLUE,
            look=replace(COLOUR, shine=True, skew_deg=-0.5),
            pages=(1, 0, 2, 0),
        ),
        "Both sides of each sheet scanned: blank pages between",
        _clear("cavallerini26", "Zelinda Cavallerini", "2026-10-14"),
    ),
    Sample(
        Case(
            "scan-0033.pdf",
            title=_by_hand("Distribution Shift in Crowd-Sourced Birdsong", 9, dx=8, dy=-2),
            name=_by_hand("Clélie Pellegrenaud", 11.5),
            hand=hands.LOOPS,
            look=replace(COLOUR, grey=True),
            pages=(1, 1),
        ),
        "Page 1 twice, no page 2",
        _review("page_missing", "pellegrenaud26", "Clélie Pellegrenaud", "", signer="", signature="none", date_kind="none", date_order=""),
    ),
    Sample(
        Case(
            "consent-form.pdf",
            form="harbour lane",
            title=_by_hand("Tree Ensembles in Constant Memory", 10, dy=-1),
            name=_by_hand("Leopold Ochsenreitner", 10, dy=-1),
            signature=_by_hand("L. Ochsenreitner", 12, dy=1),
            date=_by_hand("Graz, 14.10.2026", 10),
            hand=hands.CURSIVE_BLACK,
            look=COLOUR,
            pages=(1,),
        ),
        "An agreement of another, invented publisher",
        (Truth("review", "wrong_form", "*", "*", "*", "*", "*", "*", "*"),),
    ),
)  # fmt: skip

DAMAGED = (
    Sample(
        Case(
            "Signed form.pdf",
            title=_by_hand("Attention Budgets for Streaming Captions", 9, dx=8, dy=-2),
            name=_by_hand("Liv Thorsgaard", 10.5),
            signature=_by_hand("Liv Thorsgaard", 14, dx=8, dy=3),
            date=_by_hand("13 October 2026", 10.5, dx=9, dy=13),
            hand=hands.NARROW_BLUE,
            look=replace(COLOUR, skew_deg=0.3),
            damage="no table",
        ),
        "A PDF whose cross-reference table is broken, all else whole",
        _clear("thorsgaard26", "Liv Thorsgaard", "2026-10-13"),
    ),
    Sample(LOCKED, "Opens only with a password", _unread("encrypted_file")),
    Sample(
        Case(
            "scan-0034.pdf",
            title=_typed("Safe Exploration by Borrowed Shields"),
            name=_typed("Aaltje Brinkhuisen"),
            signature=_by_hand("Aaltje Brinkhuisen", 13, dx=6, dy=2),
            date=_by_hand("14 Oct 2026", 13, dx=9, dy=12),
            hand=hands.SCHOOL,
            look=replace(COLOUR, quality=30),
            damage="truncated",
        ),
        "An upload that broke off: the first third of a PDF",
        _unread("unreadable_file"),
    ),
    Sample(Case("agreement.pdf", damage="empty"), "No bytes at all", _unread("empty_file")),
    Sample(Case("Re_ agreement.pdf", damage="text"), "A text file under the name of a PDF", _unread("not_a_document")),
)

SAMPLES = TRANSCRIPTS + MEDIA + FIELDS + DATES + ALTERED + BATCH + DAMAGED
