from zhiji.kernel.facts import FactType, Property

_OF_MESSAGE = (
    Property("message", "number", "触达编号"),
    Property("channel", "text", "渠道"),
    Property("purpose", "text", "目的"),
    Property("template", "text", "模板", column=True),
    Property("rule_id", "number", "联动规则编号", column=True),
    Property("rule", "text", "联动规则", column=True),
    Property("entry_id", "number", "规则进入"),
)
_BY_MACHINE = Property("proxy", "flag", "由邮件代理读取")

OFFERS = [
    FactType("message_sent", "触达已发送", "send", _OF_MESSAGE),
    FactType("message_delivered", "触达已送达", "send", _OF_MESSAGE, "source"),
    FactType(
        "message_opened",
        "打开触达",
        "mail-opened",
        (*_OF_MESSAGE, _BY_MACHINE, Property("via", "text", "方式")),
        internal=False,
    ),
    FactType(
        "message_clicked",
        "点击触达链接",
        "click",
        (*_OF_MESSAGE, _BY_MACHINE, Property("url", "text", "链接")),
        internal=False,
    ),
    FactType("message_bounced", "触达未送达", "send", (*_OF_MESSAGE, Property("reason", "text", "原因"))),
]
