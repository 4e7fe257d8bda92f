"""The profile's stages of the pipeline."""

from zhiji.flow.profile.absorb import absorb
from zhiji.flow.profile.sealed import keep
from zhiji.kernel.pipeline import PROFILE, SEAL, Stage

OFFERS = (Stage(SEAL, "seal", keep), Stage(PROFILE, "profile", absorb))
