"""Tests of changed copies."""
