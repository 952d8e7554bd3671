"""Register a page to the blank form: where each printed word of the form stands on this page.

Two steps. Image features matched between page and blank give a coarse fit: a similarity first, because a homography on
few matches degenerates, then a homography on its inliers, each checked for sanity. Where the file holds the page's
words as text, those that stand once on page and form are such features and cost nothing. ORB features (Rublee et al.
2011) serve nearly all others at a quarter of the time of SIFT's (Lowe 2004), which follow where they find no form.
Then the form's printed words are looked up one by one near where the coarse fit puts them (normalised
cross-correlation), and the final fit rests on those. The share of words found says how sure it is: it is what tells
another form from this one. Versions of one form share most of their words; there the words decide that one has and the
other has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.datamodel.normalizing import normalize_word
from pipeline.forms.form import PRINT_DPI, FormPage

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

COARSE_DPI = 75
"""Resolution at which features are matched; finer costs time and finds no more pages."""
ANCHOR_DPI = 100
"""Resolution at which words are looked up."""
Method = Literal["words", "orb", "sift", "sift, many"]
METHODS: tuple[Method, ...] = ("orb", "sift", "sift, many")
"""Kinds of features of a picture, cheapest first; the next is tried where one finds no form page."""
COUNT: Mapping[Method, int] = {"orb": 800, "sift": 900, "sift, many": 3000}
"""Strongest features that are matched."""
RATIO = 0.8
"""Lowe's ratio test: a match counts if it is this much closer than the next best."""
ORB_MATCHES = 350
"""Closest matches of ORB features that are used."""
MIN_INLIERS = 12
"""Matched features, or words found, below which a homography is not trusted."""
SEARCH_PT = 5.0
"""How far from its expected place a word is looked for, points."""
ANCHORS_EACH = 3
"""Of so many words one is looked up at first: that is enough to make most coarse fits fine, and all are where it is
not."""
WORD_FOUND = 0.45
"""Normalised correlation from which a word counts as found."""
MIN_WORD_LETTERS = 4
"""Letters from which a printed word is looked up."""
MOST_STRAYS = 0.4
"""Share of a page's words that are looked for again where they were not found: more are not there."""
STRAY_NEIGHBOURS = 8
"""Words around one not found that say where it may be."""
STRAY_GAIN = 0.1
"""Correlation by which it must be found better there."""
STRAY_SPREAD_PT = 60.0
"""Distance over which its neighbours' displacements may well change."""
MOST_STRAY_PT = 14.0
"""Furthest it may lie from its place, points: a line."""
ALIKE = 0.3
"""Share of their words, in order and in place, from which two form pages may be taken for each other."""
SAME_PLACE_PT = 10.0
"""Points by which words of two form pages that stand in the same place may be apart."""
NEIGHBOURS = 4
"""Words nearest to a word beside whose displacement its own is judged."""
MOST_UNREST_PT = 0.6
"""`Registration.unrest` up to which a page is on the form. Pages of 170 real returns have at most 0.23, pages laid on
another publisher's form in like print 1 to 2, though half of that form's words seem to be there."""
FITS = 0.5
"""Share of the form's words found where they should be from which a page is a page of the form."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A page laid on a form page."""

    page: FormPage
    matrix: Matrix
    """3x3 homography, form points -> page inches (pixels at dpi d are inches times d), page as a viewer shows it."""
    score: float
    """0..1, share of the form's words found where they should be."""
    anchors: npt.NDArray[np.float32]
    """(n, 5): form x, y in points; displacement dx, dy in points left after the homography; correlation."""

    @property
    def weight(self) -> int:
        """Words found less words missed: where two forms have words in common, those of one alone decide."""
        return int(np.where(self.anchors[:, 4] > WORD_FOUND, 1, -1).sum())

    @property
    def unrest(self) -> float:
        """Points by which a word found lies otherwise than its neighbours, the median of all words found.

        Paper bends smoothly, so neighbours are displaced alike; words that only look like those of a form that the page
        does not have lie anyhow.
        """
        found = self.anchors[self.anchors[:, 4] > WORD_FOUND]
        if len(found) <= NEIGHBOURS:
            return float("inf")
        across, down = (np.subtract.outer(found[:, axis], found[:, axis]) for axis in (0, 1))
        distance = across**2 + down**2
        np.fill_diagonal(distance, np.inf)
        near = np.argpartition(distance, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        usual = np.median(found[near, 2:4], axis=1)
        return float(np.median(np.linalg.norm(found[:, 2:4] - usual, axis=1)))

    def to_pixels(self, dpi: float) -> Matrix:
        """Homography from form points to the page's pixels at `dpi`."""
        return np.diag([dpi, dpi, 1.0]) @ self.matrix

    @property
    def rotation_deg(self) -> int:
        """Clockwise turn, in right angles, that puts the page upright."""
        angle = np.degrees(np.arctan2(self.matrix[1, 0], self.matrix[0, 0]))
        return int(-round(angle / 90) * 90) % 360


@dataclass(frozen=True, slots=True)
class Features:
    """The points of an image that are found again in another image of the same page."""

    points: npt.NDArray[np.float32]
    """(n, 2), inches."""
    descriptors: npt.NDArray[np.float32]
    """(n, 128) of unit length for SIFT, (n, 256) of 1 and -1 for ORB: the more alike, the greater their product.
    Words have none: they are the same or not."""
    words: tuple[str, ...] = ()
    """(n,), each once; none for features of a picture."""


def features(image: Gray, dpi: float, method: Method) -> Features:
    """The strongest features of a greyscale image (H, W) at `dpi`.

    SIFT's descriptors are RootSIFT (Arandjelovic & Zisserman 2012).
    """
    if method == "orb":
        detector: cv2.Feature2D = cv2.ORB.create(nfeatures=COUNT[method], nlevels=4, fastThreshold=12)
    else:
        detector = cv2.SIFT.create(nfeatures=COUNT[method])
    keypoints, descriptors = detector.detectAndCompute(image, None)
    if descriptors is None or len(keypoints) < MIN_INLIERS:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 1), np.float32))
    points = (np.array([k.pt for k in keypoints], np.float32) + 0.5) / dpi
    if method == "orb":
        # Bits as 1 and -1: the product of two is 256 less twice their Hamming distance, and matrix products are quick.
        return Features(points, np.unpackbits(np.asarray(descriptors, np.uint8), axis=1).astype(np.float32) * 2 - 1)
    root = np.sqrt(descriptors / np.maximum(descriptors.sum(1, keepdims=True), 1e-6))
    return Features(points, root.astype(np.float32))


def word_features(words: Iterable[tuple[str, float, float]]) -> Features:
    """The words that stand on a page once, of all its words with the middles of their boxes (x, y), inches."""
    listed = [(normalize_word(text), x, y) for text, x, y in words]
    count = Counter(text for text, _, _ in listed)
    once = [item for item in listed if item[0] and count[item[0]] == 1]
    points = np.array([(x, y) for _, x, y in once], np.float32).reshape(-1, 2)
    return Features(points, np.zeros((len(once), 0), np.float32), tuple(text for text, _, _ in once))


def _scaled_print(page: FormPage, dpi: float) -> Gray:
    scale = dpi / PRINT_DPI
    return np.asarray(cv2.resize(page.print_image(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _form_features(page: FormPage, method: Method) -> Features:
    if method == "words":
        boxes = ((word.text, *word.box) for word in page.words)
        return word_features((text, (x0 + x1) / 144, (y0 + y1) / 144) for text, x0, y0, x1, y1 in boxes)
    return features(_scaled_print(page, COARSE_DPI), COARSE_DPI, method)


def _matches(form: Features, page: Features, method: Method) -> npt.NDArray[np.intp]:
    """(n, 2) indices of matching features: each the other's best, SIFT's also by Lowe's ratio test."""
    if method == "words":
        places = {word: index for index, word in enumerate(page.words)}
        pairs = [(index, places[word]) for index, word in enumerate(form.words) if word in places]
        return np.array(pairs, np.intp).reshape(-1, 2)
    if len(form.points) < 2 or len(page.points) < 2:
        return np.zeros((0, 2), np.intp)
    similarity = form.descriptors @ page.descriptors.T
    rows = np.arange(len(similarity))
    if method == "orb":
        # Similarities are whole numbers, and many are equal. So much less from row to row, the first of them is the
        # greatest: a column's maximum then says whose it is, and is found ten times quicker than its place.
        similarity -= np.linspace(0, 0.5, len(rows), endpoint=False, dtype=np.float32)[:, None]
    best = np.argmax(similarity, axis=1)
    top = similarity[rows, best]
    if method == "orb":
        mutual_rows = rows[top == similarity.max(axis=0)[best]]
        closest = mutual_rows[np.argsort(-top[mutual_rows])[:ORB_MATCHES]]
        return np.stack([closest, best[closest]], axis=1)
    similarity[rows, best] = -1
    second = similarity.max(axis=1)
    # Root descriptors have unit length: squared distance is 2 - 2 * similarity. Many form points on one page point
    # would let a fit of scale zero win, so a page point keeps only the form point nearest to it.
    mutual = np.full(len(page.points), -1.0, np.float32)
    np.maximum.at(mutual, best, top)
    good = ((1 - top) < RATIO**2 * (1 - second)) & (top >= mutual[best])
    return np.stack([rows[good], best[good]], axis=1)


def is_sane(matrix: Matrix, width: float, height: float) -> bool:
    """Whether a form of width x height points, laid down by `matrix`, stays a page: no flip, no fold, in proportion."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    quad = cv2.perspectiveTransform(corners[None], matrix)[0]
    edges = np.roll(quad, -1, axis=0) - quad
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    lengths = np.linalg.norm(edges, axis=1)
    if not np.isfinite(quad).all() or (turns <= 0).any() or lengths.min() < 1:
        return False
    across, down = (lengths[0] + lengths[2]) / width, (lengths[1] + lengths[3]) / height
    opposite = max(lengths[0] / lengths[2], lengths[2] / lengths[0], lengths[1] / lengths[3], lengths[3] / lengths[1])
    return bool(0.75 < across / down < 1.33 and opposite < 1.6)


def _coarse_fit(form: FormPage, page: Features, method: Method) -> tuple[Matrix, int] | None:
    """Homography from form points to page inches and its inliers, or None."""
    blank = _form_features(form, method)
    pairs = _matches(blank, page, method)
    if len(pairs) < MIN_INLIERS:
        return None
    source, target = blank.points[pairs[:, 0]] * 72, page.points[pairs[:, 1]]
    similarity, inliers = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=0.12, maxIters=3000, confidence=0.999
    )
    if similarity is None or int(inliers.sum()) < MIN_INLIERS:
        return None
    matrix = np.vstack([similarity, [0, 0, 1]])
    moved = cv2.perspectiveTransform(source[None].astype(np.float64), matrix)[0]
    near = np.linalg.norm(moved - target, axis=1) < 0.4
    for fit in (_homography, _affine):
        finer = fit(source[near], target[near])
        if finer is not None and is_sane(finer[0], form.width, form.height):
            return finer
    return (matrix, int(inliers.sum())) if is_sane(matrix, form.width, form.height) else None


def _homography(source: npt.NDArray[np.float32], target: npt.NDArray[np.float32]) -> tuple[Matrix, int] | None:
    if len(source) < 2 * MIN_INLIERS:
        return None
    matrix, inliers = cv2.findHomography(source, target, cv2.RANSAC, 0.03, maxIters=2000, confidence=0.999)
    return None if matrix is None else (np.asarray(matrix, np.float64), int(inliers.sum()))


def _affine(source: npt.NDArray[np.float32], target: npt.NDArray[np.float32]) -> tuple[Matrix, int] | None:
    matrix, inliers = cv2.estimateAffine2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=0.04)
    return None if matrix is None else (np.vstack([matrix, [0, 0, 1]]), int(inliers.sum()))


@cache
def _anchor_templates(page: FormPage) -> tuple[tuple[int, int, Gray], ...]:
    """The words to look up: x, y of the template's corner in pixels at ANCHOR_DPI, and the template."""
    blank = cv2.GaussianBlur(_scaled_print(page, ANCHOR_DPI), (3, 3), 0)
    scale = ANCHOR_DPI / 72
    templates = []
    for word in page.words:
        if len(word.text) < MIN_WORD_LETTERS:
            continue
        x0, y0, x1, y1 = (round(v * scale) for v in word.box)
        templates.append((x0 - 2, y0 - 2, np.asarray(blank[y0 - 2 : y1 + 3, x0 - 2 : x1 + 3], np.uint8)))
    return tuple(templates)


def _look_up(
    page: FormPage, image: Gray, to_image: Matrix, search_pt: float, every: int = 1, strays: bool = False
) -> npt.NDArray[np.float32]:
    """Each anchor word's place, or every n-th one's: (n, 5) form x, y and displacement in points, correlation.

    `to_image`: form points -> pixels of `image`. `strays`: those not found are looked for again, further off.
    """
    scale = ANCHOR_DPI / 72
    size = (round(page.width * scale), round(page.height * scale))
    unscale = np.diag([1 / scale, 1 / scale, 1.0])
    flat = cv2.warpPerspective(
        image, to_image @ unscale, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=255
    )
    soft = np.asarray(cv2.GaussianBlur(flat, (3, 3), 0), np.uint8)
    reach = round(search_pt * scale)
    found = [_found(soft, *word, reach, (0, 0)) for word in _anchor_templates(page)[::every]]
    if strays:
        found = _look_again(soft, _anchor_templates(page), found, reach)
    return np.array([one for one in found if one], np.float32).reshape(-1, 5)


def _found(
    flat: Gray, x: int, y: int, template: Gray, reach: int, offset: tuple[int, int]
) -> tuple[float, float, float, float, float] | None:
    """One word, looked up within `reach` pixels of its place moved by `offset`: as a row of `_look_up`.

    None: its surroundings are not on the page.
    """
    h, w = template.shape
    scale = ANCHOR_DPI / 72
    left, top = max(0, x + offset[0] - reach), max(0, y + offset[1] - reach)
    window = flat[top : max(0, y + offset[1] + h + reach), left : max(0, x + offset[0] + w + reach)]
    if window.shape[0] < h or window.shape[1] < w:
        return None
    response = np.asarray(cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED), np.float32)
    _, best, _, (px, py) = cv2.minMaxLoc(response)
    dx = px + left - x + _peak(response[py].tolist(), px)
    dy = py + top - y + _peak(response[:, px].tolist(), py)
    return (x + w / 2) / scale, (y + h / 2) / scale, dx / scale, dy / scale, best


def _look_again(
    flat: Gray,
    words: Sequence[tuple[int, int, Gray]],
    found: Sequence[tuple[float, float, float, float, float] | None],
    reach: int,
) -> list[tuple[float, float, float, float, float] | None]:
    """The same, those that were not found looked for where their neighbours lie: paper bends at its edges.

    From found words outwards: one that is found helps to find the next.
    """
    rows = np.array([one or (0.0, 0.0, 0.0, 0.0, 0.0) for one in found], np.float64)
    limit = (reach - 1) * 72 / ANCHOR_DPI
    sure = (rows[:, 4] > WORD_FOUND) & (np.abs(rows[:, 2:4]).max(axis=1) < limit)
    strays = [i for i in map(int, np.flatnonzero(~sure)) if found[i]]
    if sure.sum() < MIN_INLIERS or not 0 < len(strays) <= MOST_STRAYS * len(rows):
        return list(found)
    better = list(found)
    apart = {i: float(np.linalg.norm(rows[sure, :2] - rows[i, :2], axis=1).min()) for i in strays}
    for i in sorted(strays, key=lambda stray: apart[stray]):
        distances = np.linalg.norm(rows[sure, :2] - rows[i, :2], axis=1)
        near = np.flatnonzero(sure)[np.argsort(distances)[:STRAY_NEIGHBOURS]]
        offset = np.round(_extrapolated(rows[near], rows[i, :2]) * ANCHOR_DPI / 72).astype(int)
        one = _found(flat, *words[i], reach, (int(offset[0]), int(offset[1])))
        if one and one[4] > max(WORD_FOUND, rows[i, 4] + STRAY_GAIN):
            better[i], rows[i], sure[i] = one, one, True
    return better


def _extrapolated(near: npt.NDArray[np.float64], at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Displacement, points, at a place, from that of words near it: as a plane through them has it."""
    plane = np.c_[np.ones(len(near)), (near[:, :2] - at) / STRAY_SPREAD_PT]
    # A little towards a constant: words of one line say nothing of how it goes on above.
    damped = np.vstack([plane, np.diag([0.0, 0.3, 0.3])])
    values = np.vstack([near[:, 2:4], np.zeros((3, 2))])
    return np.asarray(
        np.clip(np.linalg.lstsq(damped, values, rcond=None)[0][0], -MOST_STRAY_PT, MOST_STRAY_PT), np.float64
    )


def _peak(line: Sequence[float], place: int) -> float:
    """Offset, in fractions of a pixel, of the maximum at `place` of a line, by a parabola through three values."""
    if not 0 < place < len(line) - 1:
        return 0.0
    left, middle, right = line[place - 1 : place + 2]
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, 0.5 * (left - right) / bend))


def _refine(page: FormPage, image: Gray, dpi: float, coarse: Matrix) -> Registration:
    """The coarse fit made fine by the places of the form's words: first of some of them, then of all, nearer by."""
    to_pixels = np.diag([dpi, dpi, 1.0])
    found = _look_up(page, image, to_pixels @ coarse, SEARCH_PT, ANCHORS_EACH)
    if (found[:, 4] > WORD_FOUND).sum() < 2 * MIN_INLIERS:
        found = _look_up(page, image, to_pixels @ coarse, SEARCH_PT)
    if (found[:, 4] > WORD_FOUND).sum() < MIN_INLIERS:
        return Registration(page, coarse, float((found[:, 4] > WORD_FOUND).mean()) if len(found) else 0.0, found)
    matrix, _ = _fitted(page, coarse, found)
    matrix, found = _fitted(page, matrix, _look_up(page, image, to_pixels @ matrix, SEARCH_PT / 2, strays=True))
    return Registration(page, matrix, float((found[:, 4] > WORD_FOUND).mean()), found)


def _fitted(page: FormPage, matrix: Matrix, found: npt.NDArray[np.float32]) -> tuple[Matrix, npt.NDArray[np.float32]]:
    """The homography through the places of words `found` with `matrix`, and the displacements that are left with it."""
    good = found[:, 4] > WORD_FOUND
    if good.sum() < MIN_INLIERS:
        return matrix, found
    moved = cv2.perspectiveTransform((found[:, :2] + found[:, 2:4])[None].astype(np.float64), matrix)
    finer, _ = cv2.findHomography(found[good, :2], moved[0][good], cv2.RANSAC, 0.02, maxIters=1000)
    if finer is None or not is_sane(np.asarray(finer, np.float64), page.width, page.height):
        return matrix, found
    left = cv2.perspectiveTransform(moved, np.linalg.inv(finer))[0] - found[:, :2]
    return np.asarray(finer, np.float64), np.hstack([found[:, :2], left, found[:, 4:]]).astype(np.float32)


@cache
def may_be_taken_for(one: FormPage, other: FormPage) -> bool:
    """Whether two form pages print so much alike, in the same places, that a page of one may fit the other."""
    if one is other:
        return False
    a, b = ([word.text for word in page.words] for page in (one, other))
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    pairs = [(one.words[x + k], other.words[y + k]) for x, y, size in blocks for k in range(size)]
    apart = np.array([(v.box[0] - u.box[0], v.box[1] - u.box[1]) for u, v in pairs]).reshape(-1, 2)
    if not len(apart):
        return False
    in_place = np.abs(apart - np.median(apart, axis=0)).max(axis=1) <= SAME_PLACE_PT
    return bool(2 * in_place.sum() >= ALIKE * (len(a) + len(b)))


def _likeliest(
    fit: Registration, image: Gray, dpi: float, page: Features, candidates: Sequence[FormPage], method: Method
) -> Registration:
    """The fit, or that to another version of the same form page which more of the page speaks for."""
    found = [fit]
    for rival in candidates:
        if rival.form != fit.page.form and may_be_taken_for(fit.page, rival):
            coarse = _coarse_fit(rival, page, method)
            found += [_refine(rival, image, dpi, coarse[0])] if coarse else []
    return max(found, key=lambda f: f.weight)


def _shrunk(image: Gray, dpi: float) -> tuple[Gray, float]:
    """The image at about COARSE_DPI, and its exact resolution: a whole number of pixels become one, which is quick."""
    by = max(1, round(dpi / COARSE_DPI))
    height, width = (side // by for side in image.shape)
    whole = image[: height * by, : width * by]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8), dpi / by


def register(
    image: Gray,
    dpi: float,
    candidates: Sequence[FormPage],
    sure: float = 0.8,
    methods: Sequence[Method] = METHODS,
    narrowed: Callable[[Sequence[FormPage]], Sequence[FormPage]] | None = None,
    words: Features | None = None,
) -> Registration | None:
    """Lay a greyscale page (H, W, as a viewer shows it, any turn) on the form page it fits best.

    `candidates`, of one or several forms, are tried in order; the first with a score of `sure` or more is taken,
    unless another version of it fits better. None: no page fits at all. `narrowed`: gives those of the
    candidates that the page may be by its words; asked where the cheapest features find nothing, before the dear ones
    are tried. `words`: the page's own, where the file holds them as text; tried before its picture.
    """
    best: Registration | None = None
    likely = candidates
    given: dict[Method, Features] = {} if words is None else {"words": words}
    for method in (*given, *methods):
        if best is None and method in METHODS[1:] and narrowed and not (likely := narrowed(candidates)):
            return None
        page_features = given.get(method) or features(*_shrunk(image, dpi), method)
        for form_page in likely:
            # Where one fits poorly, only how well it fits is open, not which form.
            if best and best.score >= FITS and best.page.form != form_page.form:
                continue
            coarse = _coarse_fit(form_page, page_features, method)
            fit = _refine(form_page, image, dpi, coarse[0]) if coarse else None
            if fit and fit.unrest <= MOST_UNREST_PT and (best is None or fit.score > best.score):
                best = fit
            if best and best.score >= sure:
                return _likeliest(best, image, dpi, page_features, candidates, method)
    return best and _likeliest(best, image, dpi, page_features, candidates, methods[-1])
