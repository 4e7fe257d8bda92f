"""The page of the words that mean "no value"."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhiji.access.roles import may, require
from zhiji.flow.collect.actions import words as actions
from zhiji.flow.collect.queries import words as queries
from zhiji.flow.collect.web.forms import WordsForm
from zhiji.kernel.listing import listed
from zhiji.kernel.values.nothing import DEFAULT


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The list, a word a line."""
    require(request.user, "settings:write" if request.method == "POST" else "settings:read")  # type: ignore[arg-type]
    form = WordsForm(request.POST or None, initial={"words": "\n".join(queries.written())})
    if form.is_valid():
        try:
            actions.set_words(words=form.cleaned_data["words"].splitlines(), by=request.user)  # type: ignore[arg-type]
        except actions.BadWord as error:
            form.add_error("words", str(error))
        else:
            messages.success(request, _("已保存，两秒内对新来的文件和行为生效"))
            return redirect("nothing_words")
    context = {
        "form": form,
        "may_write": may(request.user, "settings:write"),  # type: ignore[arg-type]
        "first": listed(DEFAULT),
    }
    return render(request, "collect/words.html", context, status=422 if form.errors else 200)
