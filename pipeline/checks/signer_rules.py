"""The flags of names and signatures: who signs, and how.

Each function answers with the flag's sentence, empty where it does not apply.
"""

from __future__ import annotations

from pipeline.checks.check_context import CheckContext, stands
from pipeline.datamodel.phrases import counted, listed, quoted
from pipeline.resolution.author_linking import has_unread_names


def name_not_an_author(context: CheckContext) -> str:
    """The name on the form is no author's of the article, or the roster names none."""
    if not context.article or not stands(context.observation.name) or context.resolution.authors:
        return ""
    text = context.observation.name.text.strip()
    if not context.article.authors:
        read = f"the name {quoted(text)}" if text else "the name"
        return (
            f"The roster names no authors of {quoted(context.article.title, 60)}, so {read} and the signature can't be "
            "checked. Add the authors to the roster, or accept the return if you know who signed."
        )
    found = f"The name reads {quoted(text)}" if text else "The name can't be read"
    some = f"no author of {quoted(context.article.title, 60)}" if text else "nothing shows that an author of it signs"
    return f"{found}, {some}. Ask the corresponding author to sign."


def signer_not_an_author(context: CheckContext) -> str:
    """The signature, or the certificate, shows somebody who is no author of the article."""
    if not context.resolution.unrecognized_signer or context.observation.signature.kind == "none":
        return ""
    if context.article and not context.article.authors:
        return ""  # nobody can tell; `name_not_an_author` says so
    named = f"; the name on the form is {listed(context.resolution.authors)}" if context.resolution.authors else ""
    read = quoted(context.resolution.unrecognized_signer)
    if context.observation.signature.kind == "digital":
        return f"Signed with the certificate of {read}, who is no author of this article{named}. Ask an author to sign."
    return (
        f"The signature reads {read}, which is no author of this article{named}. "
        "If another person signed, ask an author to sign."
    )


def signer_differs(context: CheckContext) -> str:
    """An author signs whom the form does not name, with a confidence of the signer's threshold or more."""
    found = context.resolution
    if not found.signers or not found.authors or set(found.signers) & set(found.authors):
        return ""
    if found.signer_confidence < context.thresholds.signer or has_unread_names(context.observation.name, found.authors):
        return ""
    return (
        f"Signed by {listed(found.signers)}, but the form names {listed(found.authors)}. "
        "Accept it if the co-author may sign for all; else ask the one named to sign."
    )


def several_names(context: CheckContext) -> str:
    """The form names more than one author."""
    if len(context.resolution.authors) < 2:
        return ""
    return f"The form names {counted(len(context.resolution.authors))} authors: {listed(context.resolution.authors)}."


def several_signers(context: CheckContext) -> str:
    """More than one author signed."""
    if len(context.resolution.signers) < 2:
        return ""
    return (
        f"{counted(len(context.resolution.signers)).capitalize()} authors signed: {listed(context.resolution.signers)}."
    )


def signature_typed(context: CheckContext) -> str:
    """The name is typed where the signature belongs."""
    if context.observation.signature.kind != "typed":
        return ""
    text = " ".join(line.text for line in context.observation.signature.lines).strip()
    found = f"{quoted(text)} is typed" if text else "A name is typed"
    return f"{found} where the signature should be. Ask the author to sign by hand, unless you accept typed signatures."


def signature_script_font(context: CheckContext) -> str:
    """The signature is typed, in a font that looks like writing: whether that counts is the editor's decision."""
    if context.observation.signature.kind != "script_font":
        return ""
    text = " ".join(line.text for line in context.observation.signature.lines).strip()
    found = f"The signature {quoted(text)}" if text else "The signature"
    remedy = (
        "Ask the author to sign by hand, or accept it." if context.blocks("signature_script_font")
        else "It counts as a signature."
    )  # fmt: skip
    return f"{found} is set in a script font of the computer, not written by hand. {remedy}"


def signature_invalid(context: CheckContext) -> str:
    """A certificate signature does not verify, or does not cover the whole file; the first such is told."""
    bad = next((c for c in context.observation.certificates if not (c.intact and c.covers_file)), None)
    if not bad:
        return ""
    who = f" of {bad.signer}" if bad.signer else ""
    what = "does not verify" if not bad.intact else "does not cover the whole file: it was changed after signing"
    detail = f" ({bad.detail})" if bad.detail else ""
    return f"The certificate signature{who} {what}{detail}. Ask the author to sign the finished file again."
