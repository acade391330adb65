"""Tests of the room `objectives`."""
