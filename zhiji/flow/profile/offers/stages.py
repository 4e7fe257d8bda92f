"""The profile's stage of the pipeline."""

from zhiji.flow.profile.absorb import absorb
from zhiji.kernel.pipeline import PROFILE, Stage

OFFERS = (Stage(PROFILE, "profile", absorb),)
