"""The rules that verdicts follow from, as they stood when JUDGING_VERSION was last raised.

python -m tests.material.judging_rules          renew the record, after raising JUDGING_VERSION
python -m tests.material.judging_rules --same   renew it where code only moved: no verdict can differ by it
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline._version import JUDGING_VERSION

ROOT = Path(__file__).parents[2]
RECORD = Path(__file__).with_suffix(".json")
RULES = (
    "pipeline/resolution/**/*",
    "pipeline/checks/**/*",
    "pipeline/dates/**/*",
    "pipeline/names/**/*",
    "pipeline/extraction/page_fingerprint.py",
    "pipeline/forms/**/form.toml",
    "pipeline/datamodel/normalizing.py",
    "pipeline/datamodel/phrases.py",
    "pipeline/datamodel/statuses.py",
    "pipeline/results/table.py",
    "models/ctc.py",
    "models/emissions.py",
    "models/choice.py",
    "models/fitted.py",
    "models/date_model.py",
    "models/weights/dates.json",
    "models/weights/linking.json",
)
"""Files that decide what a reading means, what is flagged, in which words, and what the row says."""
RENEW = "python -m tests.material.judging_rules"


def rules() -> dict[str, str]:
    """File -> hash of what it does: neither comments nor docstrings, imports and layout count."""
    found = sorted(file for pattern in RULES for file in ROOT.glob(pattern))
    files = [file for file in found if file.is_file() and "__pycache__" not in file.parts]
    return {file.relative_to(ROOT).as_posix(): digest(file.name, file.read_bytes()) for file in files}


def digest(name: str, data: bytes) -> str:
    """Hash of a source file's meaning, or of a data file's bytes."""
    if name.endswith(".py"):
        data = json.dumps(_plain(ast.parse(data)), sort_keys=True).encode()
    return hashlib.sha256(data).hexdigest()[:16]


def _plain(node: Any) -> Any:
    """A syntax tree as JSON, the same in every version of Python: what is empty is left out."""
    if isinstance(node, ast.AST):
        fields = {name: _plain(value) for name, value in ast.iter_fields(node) if name not in ("ctx", "kind")}
        return {"": type(node).__name__, **{name: value for name, value in fields.items() if value not in (None, [])}}
    if isinstance(node, list):
        return [_plain(one) for one in node if not _says_nothing(one)]
    return node if isinstance(node, str | int | bool | type(None)) else repr(node)


def _says_nothing(node: Any) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def fault(recorded: Mapping[str, Any], now: Mapping[str, str], version: str) -> str:
    """What is to be done, in one sentence; empty where the record is true."""
    before = recorded["rules"]
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if changed:
        return (
            f"The rules changed in {', '.join(changed)}: raise JUDGING_VERSION in pipeline/_version.py, so that stored "
            f"verdicts are judged anew, and run `{RENEW}` (with --same, and nothing raised, if no verdict can differ)."
        )
    return f"JUDGING_VERSION is another one: run `{RENEW}`." if recorded["version"] != version else ""


def main(arguments: list[str]) -> int:
    """Renew the record. Refuses where rules changed and the version did not, unless told that verdicts are the same."""
    recorded, now = json.loads(RECORD.read_text(encoding="utf-8")), rules()
    if recorded["rules"] != now and recorded["version"] == JUDGING_VERSION and "--same" not in arguments:
        print(fault(recorded, now, JUDGING_VERSION), file=sys.stderr)
        return 1
    text = json.dumps({"version": JUDGING_VERSION, "rules": now}, indent=1)
    RECORD.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
