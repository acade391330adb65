"""Tests of the server, without a model."""
