"""The end of a mail server's pipe: `python -m zhiji.flow.deliver.returned <address>`, the mail on standard input."""

import os
import sys

import django


def main() -> None:
    """Take in one returned mail and say what it was (see bounces.receive)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiji.config.settings")
    django.setup()
    from zhiji.flow.deliver.channels.email.bounces import receive

    sys.stdout.write(receive(sys.stdin.buffer.read(), sys.argv[1]) + "\n")


if __name__ == "__main__":
    main()
