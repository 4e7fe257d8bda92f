from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords
from zhiji.flow.act.sentence import audience_sentence, goal_sentence, step_sentence, trigger_sentence
from zhiji.flow.act.triggers.wording import names

OFFERS = (
    AuditWords(
        verbs={
            "failed steps retried": pgettext_lazy("audit", "重试规则 %(id)s 失败的步骤"),
            "rule archived": pgettext_lazy("audit", "归档规则 %(id)s"),
            "rule created": pgettext_lazy("audit", "新建规则 %(id)s"),
            "rule deleted": pgettext_lazy("audit", "删除规则 %(id)s"),
            "rule edited": pgettext_lazy("audit", "修改规则 %(id)s"),
            "rule switched off": pgettext_lazy("audit", "停用规则 %(id)s"),
            "rule switched on": pgettext_lazy("audit", "启用规则 %(id)s"),
        },
        things={
            "act.rule": pgettext_lazy("audit", "规则"),
        },
        particulars={
            "audience": pgettext_lazy("audit", "范围"),
            "definition": pgettext_lazy("audit", "规则内容"),
            "entries": pgettext_lazy("audit", "进入数"),
            "goal": pgettext_lazy("audit", "目标"),
            "grace_hours": pgettext_lazy("audit", "迟到宽限（小时）"),
            "holdout": pgettext_lazy("audit", "对照组比例"),
            "reentry_days": pgettext_lazy("audit", "再次进入间隔（天）"),
            "steps": pgettext_lazy("audit", "步骤"),
            "stopped": pgettext_lazy("audit", "停下的进入"),
            "trigger": pgettext_lazy("audit", "触发"),
        },
        tellers={
            "audience": audience_sentence,
            "goal": lambda goal: goal_sentence(goal, names()),
            "steps": lambda steps: " → ".join(map(step_sentence, steps)),
            "trigger": lambda trigger: trigger_sentence(trigger, names()),
        },
    ),
)
