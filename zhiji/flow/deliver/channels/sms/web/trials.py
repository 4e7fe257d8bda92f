"""A text message tried while it is written: as the customer's phone would show it, and what it costs."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from zhiji.flow.deliver import queries
from zhiji.flow.deliver.asking import signed_in, visible_portrait_id
from zhiji.flow.deliver.channels.sms import wording as rules
from zhiji.flow.deliver.channels.sms.web.templates import given_variables
from zhiji.flow.deliver.naming import named
from zhiji.flow.deliver.rehearsal import examples, said
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.variables import Addressee, gather
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel.given import whole


@require_POST
def preview(request: HttpRequest) -> JsonResponse:
    """{text: with its sign, length: in words, trouble: what stops it or ""}."""
    user = signed_in(request, "messages:read")
    told = request.POST
    wording = Wording(
        "", "", told.get("text", "")[:500].replace("\r\n", "\n").strip(), given_variables(told),
        {"sign": told.get("sign", "")[:12], "code": told.get("code", "")[:30]},
    )  # fmt: skip
    customer = visible_portrait_id(user, whole(told.get("customer")))
    variables = gather([Addressee(customer)], queries.delivery_settings())[0] | dict(examples())
    try:
        filled = rules.fill(wording, variables)
        rules.check(wording, told.get("purpose", "marketing"))
    except TemplateRefused as error:
        whole_text = f"【{wording.details['sign']}】{wording.text}"
        return JsonResponse({"text": whole_text, "length": rules.said_length(whole_text), "trouble": said(error)})
    trouble = rules.hole(named(filled.empty)) if filled.empty else ""
    return JsonResponse({"text": filled.whole, "length": rules.said_length(filled.whole), "trouble": trouble})
