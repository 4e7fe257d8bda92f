"""The profile's stages of the pipeline."""

from django.utils.translation import gettext_lazy as _

from zhiji.flow.profile.projection import absorb
from zhiji.flow.profile.sealed import keep
from zhiji.kernel.pipeline import PROFILE, SEAL, Stage

OFFERS = (
    Stage(SEAL, "seal", keep, label=_("加密联系方式")),
    Stage(PROFILE, "profile", absorb, label=_("更新画像")),
)
