"""`python -m paceline`: the same as the command `paceline`."""

from paceline.entry import main

main()
