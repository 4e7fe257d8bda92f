"""`python -m zhiji` is the command `zhiji`."""

from zhiji.ops.cli import main

main()
