from zhiji.flow.profile.pointer import Pointer

OFFERS = (Pointer("commerce_order", "external_id"),)
