from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={
            "channel account resumed": pgettext_lazy("audit", "恢复渠道账户"),
            "channel account set": pgettext_lazy("audit", "设置渠道账户"),
            "delivery settings changed": pgettext_lazy("audit", "更改发信设置"),
            "message bounced": pgettext_lazy("audit", "触达 %(id)s 未送达"),
            "message cancelled": pgettext_lazy("audit", "取消触达 %(id)s"),
            "message planned": pgettext_lazy("audit", "安排触达 %(id)s"),
            "message retried": pgettext_lazy("audit", "重试触达 %(id)s"),
            "picture added": pgettext_lazy("audit", "上传图片 %(id)s"),
            "pictures dropped": pgettext_lazy("audit", "清理未用的图片"),
            "template archived": pgettext_lazy("audit", "归档模板 %(id)s"),
            "template changed": pgettext_lazy("audit", "修改模板 %(id)s"),
            "template made": pgettext_lazy("audit", "新建模板 %(id)s"),
            "webhook retried": pgettext_lazy("audit", "重试回调 %(id)s"),
            "webhook secret revealed": pgettext_lazy("audit", "查看回调密钥"),
        },
        things={
            "deliver.account": pgettext_lazy("audit", "渠道账户"),
            "deliver.message": pgettext_lazy("audit", "触达"),
            "deliver.receivedmail": pgettext_lazy("audit", "邮件"),
            "deliver.picture": pgettext_lazy("audit", "图片"),
            "deliver.template": pgettext_lazy("audit", "模板"),
            "deliver.deliverysettings": pgettext_lazy("audit", "发信设置"),
            "deliver.webhookcall": pgettext_lazy("audit", "回调"),
        },
        particulars={
            "bytes": pgettext_lazy("audit", "字节数"),
            "count": pgettext_lazy("audit", "数量"),
            "mode": pgettext_lazy("audit", "方式"),
            "host": pgettext_lazy("audit", "主机"),
            "postal": pgettext_lazy("audit", "通信地址"),
            "quiet_from": pgettext_lazy("audit", "免打扰开始"),
            "quiet_until": pgettext_lazy("audit", "免打扰结束"),
            "sender_name": pgettext_lazy("audit", "发件人"),
            "shop_name": pgettext_lazy("audit", "店铺名称"),
            "shop_url": pgettext_lazy("audit", "店铺网址"),
        },
    ),
)
