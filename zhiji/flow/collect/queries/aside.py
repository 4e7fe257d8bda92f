"""Facts that a stage of the pipeline couldn't take, and fact names that the lake can't be given."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhiji.access.sealing import blotted
from zhiji.kernel.models import Lane, SetAside
from zhiji.kernel.pipeline import stages


def set_aside() -> QuerySet[SetAside]:
    """The facts, without what they hold."""
    return SetAside.objects.defer("properties", "sealed")


def lanes() -> QuerySet[Lane]:
    """The fact names, those first that have waited longest."""
    return Lane.objects.exclude(tries=0).order_by("since")


def why(one: SetAside | Lane) -> str:
    """What happened, and what became of it, in words."""
    if isinstance(one, Lane):
        return _("这种行为暂时写不进历史库，其他行为照常写入；分类和报表改从数据库读取它，结果不变，只是慢些。")
    labels = {stage.name: str(stage.label) for stage in stages()}
    stage = labels.get(one.stage) or one.stage
    if one.fact_id is not None:
        return _("在“%(stage)s”这一步出错：客户的记录里已有它，只是还没有参与分类和规则。") % {"stage": stage}
    return _("在“%(stage)s”这一步出错：它还没有进入客户的记录，原样保存着。") % {"stage": stage}


def detail(one: SetAside | Lane) -> str:
    """The technical detail, without contact values."""
    return str(blotted({"detail": one.detail})["detail"])
