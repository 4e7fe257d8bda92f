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
    FactType("message_sent", "邮件已发送", _OF_MESSAGE),
    FactType("message_opened", "打开邮件", (*_OF_MESSAGE, _BY_MACHINE, Property("via", "text", "方式"))),
    FactType("message_clicked", "点击邮件链接", (*_OF_MESSAGE, _BY_MACHINE, Property("url", "text", "链接"))),
    FactType("message_bounced", "邮件退回", (*_OF_MESSAGE, Property("reason", "text", "原因"))),
]
