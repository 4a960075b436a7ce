"""Whether the benchmarks measure what they say; how fast it is, they say themselves."""
