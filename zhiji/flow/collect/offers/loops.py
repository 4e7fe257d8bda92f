from django.utils.translation import gettext_lazy as _

from zhiji.flow.collect.files.asking import LOOP, work
from zhiji.kernel.loops import Loop

OFFERS = (Loop(LOOP, work, pause=1.0, label=_("导入文件")),)
