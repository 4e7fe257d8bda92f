"""Channels that nothing is sent over by itself yet: consents for them are kept all the same."""

from django.utils.translation import gettext_lazy as _

from zhiji.flow.profile.channels import ConsentChannel


class Phone(ConsentChannel):
    key, label, words, position = "phone", _("电话"), ("电话", "phone"), 30


class WeChat(ConsentChannel):
    key, label, words, position = "wechat", _("微信"), ("微信", "WeChat"), 40


OFFERS = (Phone(), WeChat())
