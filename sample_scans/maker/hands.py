"""The writers of the samples: one hand each."""

from __future__ import annotations

from sample_scans.maker.hand import BALLPOINT_BLUE, BLACK_PEN, GEL_BLUE, GREEN_PEN, PENCIL, STYLUS, Hand

HASTY = Hand("reenie-beanie", BLACK_PEN, pen=0.45, rough=1.2)
ROUND_BLUE = Hand("indie-flower", GEL_BLUE, pen=0.2, rough=1.3, signs_with="cedarville-cursive")
NARROW_BLUE = Hand("shadows-into-light", BALLPOINT_BLUE, pen=0.3, spread=0.03, signs_with="la-belle-aurore")
SLOPING = Hand("nothing-you-could-do", BLACK_PEN, pen=0.4, signs_with="cedarville-cursive")
CURSIVE_BLUE = Hand("cedarville-cursive", BALLPOINT_BLUE, pen=0.25)
CURSIVE_BLACK = Hand("la-belle-aurore", BLACK_PEN, pen=0.2)
SCHOOL = Hand("gloria-hallelujah", GEL_BLUE, pen=0.1, rough=1.2, signs_with="over-the-rainbow")
PLAIN = Hand("kalam", BLACK_PEN, pen=0.0, rough=1.3, signs_with="zeyada")
FELT_TIP = Hand("covered-by-your-grace", BLACK_PEN, pen=0.25, spread=0.02, signs_with="just-me-again-down-here")
THIN = Hand("waiting-for-the-sunrise", PENCIL, pen=0.35, signs_with="dawning-of-a-new-day")
ON_GLASS = Hand("over-the-rainbow", STYLUS, pen=0.35, rough=1.5, signs_with="zeyada")
ON_TABLET = Hand("caveat", (10, 60, 160), pen=0.35, rough=1.2, signs_with="la-belle-aurore")
TALL = Hand("sue-ellen-francisco", BALLPOINT_BLUE, pen=0.35, spread=0.03, signs_with="reenie-beanie")
SMALL = Hand("just-me-again-down-here", BLACK_PEN, pen=0.25, signs_with="nothing-you-could-do")
VIET = Hand("patrick-hand", BALLPOINT_BLUE, pen=0.0, rough=1.5, slant=4)
UPRIGHT = Hand("bad-script", GREEN_PEN, pen=0.35, slant=-3)
LOOPS = Hand("zeyada", GEL_BLUE, pen=0.35, slant=4)
STEADY = Hand("caveat", BALLPOINT_BLUE, pen=0.3, rough=0.9, signs_with="dawning-of-a-new-day")
HAN = Hand("liu-jian-mao-cao", BLACK_PEN, pen=0.0, rough=0.3)
HANGUL = Hand("nanum-pen-script", BLACK_PEN, pen=0.25)
