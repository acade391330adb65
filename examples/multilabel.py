"""Several labels a row: which topics does a message to a help desk have?

python examples/multilabel.py [--quick]
"""

from __future__ import annotations

import json
import sys

import accent

EFFORT = {"updates": 1, "limit": 24} if "--quick" in sys.argv else {"epochs": 30, "learning_rate": 1e-4}
MESSAGES = [
    "The kettle came with a cracked lid and nobody has answered my emails about the invoice.",
    "Thank you, it arrived a day early!",
]


def main() -> None:
    """Fine-tune with a threshold for each label, say how good each label is, and read two messages."""
    run = accent.finetune("builtin:tickets", task="multilabel", threshold="tuned", offline=True, **EFFORT)
    test = run.scores["test"]
    print(f"micro F1 {test['f1_micro']['value']:.3f}, all labels of a row right: {test['exact']['value']:.3f}")

    model = json.loads((run.folder / "model" / "accent.json").read_text(encoding="utf-8"))
    for label, threshold in zip(model["labels"], model["settings"]["thresholds"], strict=True):
        f1 = test[f"f1/{label}"]
        print(f"{label:10} given from {threshold:.2f} on, F1 {f1['value']:.2f} on {f1['n']} test rows")

    for message, answer in zip(MESSAGES, accent.predict(run.folder, MESSAGES), strict=True):
        topics = ", ".join(f"{found['label']} ({found['score']:.2f})" for found in answer["labels"])
        print(f"{topics or 'no label'}: {message}")


if __name__ == "__main__":
    main()
