import pytest

from pipeline.resolution.titles import title_difference

ROSTER = "Robust Learning of $\\epsilon$-Optimal Policies: An off-line Study"


@pytest.mark.parametrize(
    "read",
    [
        "Robust Learning of ε-Optimal Policies: An off-line Study",
        "ROBUST LEARNING OF EPSILON-OPTIMAL POLICIES - AN OFFLINE STUDY",
        "“Robust Learning of Epsilon Optimal Policies: an Off Line Study”",
        "Robust Learning of epsilon-Optimal Policies: An off-line Study (Paper ID: 123)",
        "#45 Robust Learning of epsilon-Optimal Policies: An off-line Study",
        "Submission 45: Robust Learning of epsilon-Optimal Policies: An off-line Study",
        "Robust Learning of epsilon-Optimal Poli-\ncies: An off-line Study",
        "Robust Leaming of epsilon-0ptimal Policles: An off-line Stucly",
        "Robust Learning of epsilon-Optimal Study Policies: An off-line",
        "Robust Learning of epsilon-Optimal Policies: An off-line Study .",
        "",
    ],
)
def test_spelling_and_slips_are_no_difference(read: str) -> None:
    assert title_difference(read, ROSTER) == ""


def test_ligatures_and_latex_accents_are_no_difference() -> None:
    assert title_difference("Eﬃcient Poincaré maps", "{E}fficient {P}oincar\\'e Maps") == ""


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ("Learning of epsilon-Optimal Policies: An off-line Study", 'without "robust"'),
        ("Robust Learning of epsilon-Optimal Policies: An off-line Case Study", 'with "case" added'),
        ("Robust Training of epsilon-Optimal Policies: An off-line Study", '"training" for "learning"'),
        ("Robust Learning of epsilon-Optimal Policies", 'without "an off line study"'),
    ],
)
def test_other_words_are_named(read: str, said: str) -> None:
    assert title_difference(read, ROSTER) == said


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ("Zero-shrit Damain Adgptation", ""),
        ("Zero-shot peptunico Adaptation", ""),
        ("Zero-shotDomain Adap tation", ""),
        ("Zero-shot Adaptation", 'without "domain"'),
        ("Zero-shot Domain Adaptation revisited", 'with "revisited" added'),
        ("Zero-shot Domain Photosynthesis", '"photosynthesis" for "adaptation"'),
    ],
)
def test_of_handwriting_only_words_count_that_no_slip_makes(read: str, said: str) -> None:
    assert title_difference(read, "Zero-Shot Domain Adaptation", handwritten=True) == said
