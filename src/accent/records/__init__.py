"""The run folder: its layout, record, log, checkpoints and whole-file writes. No torch here."""

from __future__ import annotations

from accent.records import checkpoints
from accent.records.answers import Answering, Answers
from accent.records.checkpoints import Found
from accent.records.events import EventLog, read_events
from accent.records.files import folder_bytes, make_folders, write_bytes, write_json, write_lines, write_text
from accent.records.json_text import one_line, plain, read_json
from accent.records.layout import RunFolder
from accent.records.machine import machine_facts, versions
from accent.records.predictions import read_predictions
from accent.records.record import Record, Status, now
from accent.records.standard_input import standard_input

__all__ = [
    "Answering",
    "Answers",
    "EventLog",
    "Found",
    "Record",
    "RunFolder",
    "Status",
    "checkpoints",
    "folder_bytes",
    "machine_facts",
    "make_folders",
    "now",
    "one_line",
    "plain",
    "read_events",
    "read_json",
    "read_predictions",
    "standard_input",
    "versions",
    "write_bytes",
    "write_json",
    "write_lines",
    "write_text",
]
