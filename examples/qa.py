"""Questions on a text: which of its own words answer, or is there no answer?

python examples/qa.py [--quick]
"""

from __future__ import annotations

import json
import sys

import accent

EFFORT = {"updates": 1, "limit": 24} if "--quick" in sys.argv else {"epochs": 15, "learning_rate": 1e-4}
CONTEXT = (
    "The reading room is open from ten to six, on Thursdays until eight. Bags are left in the lockers by the door, "
    "which take a one-euro coin and give it back. Up to five volumes are fetched at a time."
)
QUESTIONS = ["How long is the room open on Thursdays?", "What do the lockers take?", "Who is the librarian?"]


def main() -> None:
    """Fine-tune on the built-in guides, say how good that is, and ask three questions."""
    run = accent.finetune("builtin:guides", task="qa", offline=True, **EFFORT)
    for name in ("exact_match", "f1", "no_answer_accuracy"):
        score = run.scores["test"][name]
        print(f"{name} {score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}] on {score['n']} test rows")

    # A question comes with its context, from a file with a column of each.
    rows = [json.dumps({"question": question, "context": CONTEXT}) + "\n" for question in QUESTIONS]
    file = run.folder / "questions.jsonl"
    file.write_text("".join(rows), encoding="utf-8")
    for question, answer in zip(QUESTIONS, accent.predict(run.folder, input=str(file)), strict=True):
        print(f"{question} {answer['answer'] or '(no answer)'} ({answer['score']:.2f})")


if __name__ == "__main__":
    main()
