"""Tests of accent.config."""
