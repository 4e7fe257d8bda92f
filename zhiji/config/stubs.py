"""The settings as the type checker and `makemigrations --check` read them.

Nothing is made in a data folder and no database is asked.
"""

import base64
import os

os.environ["ZHIJI_SECRET_KEY"] = "of the type checker"
os.environ["ZHIJI_MASTER_KEY"] = base64.b64encode(bytes(32)).decode()
os.environ["ZHIJI_DATABASE_URL"] = "postgresql:///none?host=/nowhere&pool=0"

from zhiji.config.settings import *
