"""Tests of the house: what may print, load and import what."""
