"""`python -m leadops`: the command line, also where the `leadops` program is not on the PATH."""

from leadops.operations.command_line import main

main()
