"""Returns that were read already: from another engine's text to the same observation as from a scan, but for the ink.

`flat_text` makes one text of an engine's output, `form_text` one of the blank form; `alignment` lays them together,
letter by letter, which gives what was filled in (`fill_ins`), the pages that are missing and the clauses that differ;
`signature_block` says what stands behind "Signed:" and "Date:", or what the engine says that it saw there.
"""
