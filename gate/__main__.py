"""`python -m gate`, for environments in which the command is not on the path."""

from gate.start import main

main()
