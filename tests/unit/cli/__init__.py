"""Tests of accent.cli."""
