"""Memory does not grow with the corpus."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

CODE = """
import json, resource, sys
from pathlib import Path
from transformers import AutoTokenizer
from accent.config.corpus import CorpusConfig
from accent.data.corpus import build_corpus, shards, survey
shards.CHARACTERS = survey.CHUNK = 500_000
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
begun = []
def listen(kind, fields):
    begun or begun.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
config = CorpusConfig(sources=(sys.argv[2],), documents="line")
corpus = build_corpus(config, tokenizer, folder=Path(sys.argv[3]), seed=0, listen=listen)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begun[0]
# what is read of mapped files counts as memory too, though the system takes it back: it is not measured
parts = (corpus.train.tokens[start : start + 8192] for start in range(0, len(corpus.train), 8192))
total = sum(int(part.astype("int64").sum()) for part in parts)
print(json.dumps([grown * 1024, corpus.facts.documents, corpus.facts.duplicates, total]))
"""


def measure(megabytes: int, tokenizer: Path, folder: Path) -> list[int]:
    """Return the bytes of memory that building and reading take, and what came of it."""
    chance = random.Random(0)
    words = [f"{chr(97 + number % 26)}{number % 97}" for number in range(2000)]
    path = folder / f"{megabytes}.txt"
    with path.open("w", encoding="utf-8") as file:
        size = number = 0
        while size < megabytes * 10**6:
            number += 1
            line = "again and again\n" if number % 10 == 0 else " ".join(chance.choices(words, k=20)) + "\n"
            size += file.write(line)
    arguments = [str(tokenizer), str(path), str(folder / "out")]
    done = subprocess.run([sys.executable, "-c", CODE, *arguments], check=True, capture_output=True, text=True)
    found: list[int] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_eight_times_the_text_takes_no_more_memory(wordpiece: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    wordpiece.save_pretrained(str(tmp_path / "tokenizer"))
    small, large = (measure(megabytes, tmp_path / "tokenizer", tmp_path) for megabytes in (3, 24))
    assert large[1] > 7 * small[1]
    assert large[2] > 7 * small[2] > 1000
    assert large[3] > 7 * small[3]
    # the arrays of the large one alone, were they held, are over 40 MB; its text is 24
    assert large[0] < small[0] + 20e6, (small, large)
