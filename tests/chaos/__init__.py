"""Tests of `benchmarks.chaos`: that it would find what it looks for, and its short form."""
