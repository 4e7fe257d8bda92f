"""`python -m zhiji` is the command `zhiji`."""

from zhiji.ops.cli import main

if __name__ == "__main__":
    main()
