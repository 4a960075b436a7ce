"""The simulator: that people are like people, and that devices get everything stored."""
