import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiji.config.settings")
django.setup()

from zhiji.flow.deliver.channels.sms.simulator.here import main  # noqa: E402 - Django comes first

if __name__ == "__main__":
    main()
