"""Tests of the room `modeling`."""
