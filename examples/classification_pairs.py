"""Pairs of texts: would one answer serve both questions?

python examples/classification_pairs.py [--quick]
"""

from __future__ import annotations

import json
import sys

import accent

EFFORT = {"updates": 1, "limit": 24} if "--quick" in sys.argv else {"epochs": 10, "learning_rate": 1e-4}
PAIRS = [
    ("When does the library open on Saturdays?", "At what time can I come in on a Saturday?"),
    ("Can I return a book by post?", "Can I renew a book by post?"),
]


def main() -> None:
    """Fine-tune on the built-in pairs, say how good that is, and judge two more."""
    run = accent.finetune("builtin:questions", task="classification", offline=True, **EFFORT)
    score, words = run.scores["test"]["accuracy"], run.scores["baselines"]["tfidf"]["accuracy"]
    print(f"accuracy {score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}] on {score['n']} test pairs")
    print(f"TF-IDF with logistic regression: {words['value']:.3f}")

    # A pair comes from a file with two columns of texts, called as in training.
    rows = [json.dumps({"question1": one, "question2": other}) + "\n" for one, other in PAIRS]
    file = run.folder / "pairs.jsonl"
    file.write_text("".join(rows), encoding="utf-8")
    for (one, other), answer in zip(PAIRS, accent.predict(run.folder, input=str(file)), strict=True):
        print(f"{answer['label']} ({answer['score']:.2f}): {one} / {other}")


if __name__ == "__main__":
    main()
