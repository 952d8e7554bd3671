"""The page of the docs that lists all flags, from the registry: `python -m docs.flags_page > docs/flags.md`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.checks.flags import FLAGS, NOT_READ, FlagKind

EXAMPLES = Path(__file__).parent / "img" / "flags" / "examples.json"
"""By code, an example among the sample returns (made by `python -m sample_scans.maker.flag_examples`): its file, its
sentence, and a picture below `docs/` where the flag is about a place on a page."""

HEAD = """# Flags

A flag is a coded reason for a person to look. A **blocking** flag keeps a return from being `clear`; a **note** does
not. A row lists its flags in the order of this page, and says of each in one sentence what was seen and what to do.

Which flags matter is the editor's decision. In `countersign.toml`, beside the roster or where the command is run:

```toml
notes = ["signature_typed"]            # told, but no longer keeping a return from being clear
off = ["several_names"]                # not judged at all
blocking = ["signature_script_font"]   # a note that is to keep a return from being clear
```

or on the command line `--note signature_typed --off several_names --block signature_script_font`. These
notes can block: {may_block}. The flags of files that could not be opened ({not_read}) can be neither noted nor switched
off.

| flag | | when |
| --- | --- | --- |
{rows}
"""


def _example(example: Mapping[str, str] | None) -> str:
    if not example:
        return ""
    shown = f"![{example['file']}]({example['picture']})\n\n" if "picture" in example else ""
    return f"\n{shown}> {example['sentence']} ({example['file']})\n"


def _entry(kind: FlagKind, example: Mapping[str, str] | None) -> str:
    change = "" if kind.code in NOT_READ else f'\n- **Switch off:** `off = ["{kind.code}"]`'
    if kind.blocking and change:
        change += f', or make it a note: `notes = ["{kind.code}"]`'
    if kind.may_block:
        change += f', or make it block: `blocking = ["{kind.code}"]`'
    return (
        f"## {kind.code}\n\n{'Blocking' if kind.blocking else 'Note'}: {kind.when}.\n\n"
        f"- **Meaning:** {kind.meaning}\n- **Remedy:** {kind.remedy}{change}\n{_example(example)}"
    )


def flags_page() -> str:
    """The page as Markdown, each flag of the registry once in the table and once in full."""
    rows = "\n".join(
        f"| [{kind.code}](#{kind.code}) | {'blocking' if kind.blocking else 'note'} | {kind.when} |" for kind in FLAGS
    )
    not_read = ", ".join(f"`{kind.code}`" for kind in FLAGS if kind.code in NOT_READ)
    may_block = ", ".join(f"`{kind.code}`" for kind in FLAGS if kind.may_block)
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    entries = [_entry(kind, examples.get(kind.code)) for kind in FLAGS]
    return HEAD.format(not_read=not_read, may_block=may_block, rows=rows) + "\n" + "\n".join(entries)


if __name__ == "__main__":
    print(flags_page(), end="")
