"""Running text for pretraining: read by documents, tokenized once into memory-mapped arrays."""

from __future__ import annotations

from accent.data.corpus.build import Corpus, build_corpus
from accent.data.corpus.documents import Document, Texts, read_documents
from accent.data.corpus.facts import CorpusFacts, Listen, SplitFacts
from accent.data.corpus.sentences import sentences
from accent.data.corpus.split import Split

__all__ = [
    "Corpus",
    "CorpusFacts",
    "Document",
    "Listen",
    "Split",
    "SplitFacts",
    "Texts",
    "build_corpus",
    "read_documents",
    "sentences",
]
