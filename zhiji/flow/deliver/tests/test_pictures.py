"""Pictures of letters: known by their content, made anew, seen by address, dropped when unused."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from zhiji.access.models import User
from zhiji.access.roles import Forbidden
from zhiji.access.tokens import create_token
from zhiji.flow.deliver import actions
from zhiji.flow.deliver.models import DeliverySettings, Picture
from zhiji.flow.deliver.pictures import MOST_BYTES, PictureRefused, cleaned
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel import clock

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def drawn(form: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **how: object) -> bytes:
    made = BytesIO()
    Image.new(mode, size, (255, 0, 0, 99) if mode == "RGBA" else "red").save(made, form, **how)
    return made.getvalue()


@pytest.mark.parametrize(
    ("form", "mode", "kind"),
    [
        ("JPEG", "RGB", "jpg"),
        ("PNG", "RGBA", "png"),
        ("GIF", "P", "jpg"),
        ("WEBP", "RGB", "jpg"),
        ("WEBP", "RGBA", "png"),
    ],
)
def test_a_picture_is_taken_by_its_content(form: str, mode: str, kind: str) -> None:
    made = cleaned(drawn(form, mode=mode))
    assert (made.width, made.height) == (40, 20) and made.kind == kind


def test_what_the_camera_noted_is_gone_and_the_picture_stands_upright() -> None:
    noted = Image.Exif()
    noted[0x0112], noted[0x010E] = 6, "taken at home"
    given = drawn("JPEG", (3000, 1000), exif=noted)
    assert b"taken at home" in given
    made = cleaned(given)
    assert b"taken at home" not in made.body and (made.width, made.height) == (1000, 3000)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (SVG, "SVG"),
        (b"<html>" + SVG, "SVG"),
        (b"%PDF-1.7", "不是图片"),
        (b"", "不是图片"),
        (drawn("BMP"), "不是图片"),
        (drawn("PNG")[:60], "打不开"),
        (b"x" * (MOST_BYTES + 1), "MB"),
        (drawn("PNG", (9000, 9000), "1"), "9000 × 9000"),
    ],
)
def test_what_is_no_picture_of_a_letter_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(PictureRefused, match=words):
        cleaned(body)


def test_who_may_write_templates_adds_pictures_and_strangers_see_them(
    signed_in: Callable[[User], Client], mark: User, bob: User, house: DeliverySettings
) -> None:
    def add(user: User, body: bytes) -> object:
        return signed_in(user).post("/templates/pictures", {"picture": SimpleUploadedFile("a.png", body)})

    assert add(bob, drawn("PNG")).status_code == 403 and not Picture.objects.exists()  # type: ignore[attr-defined]
    with pytest.raises(Forbidden):
        actions.add_picture(by=bob, body=drawn("PNG"))
    refused = add(mark, SVG)
    assert refused.status_code == 422 and "SVG" in refused.json()["detail"]  # type: ignore[attr-defined]
    assert not Picture.objects.exists()
    src = add(mark, drawn("PNG")).json()["src"]  # type: ignore[attr-defined]
    answer = Client().get(src)
    assert answer.status_code == 200 and answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff" and "default-src 'none'" in answer["Content-Security-Policy"]
    assert Client().get(src.replace(".png", ".gif")).status_code == 404


def test_the_api_takes_pictures_too(client: Client, mark: User, bob: User, house: DeliverySettings) -> None:
    def add(user: User, body: bytes) -> object:
        token = create_token(by=None, user=user, name="t", scopes=["messages:read", "messages:write"])
        given = {"picture": SimpleUploadedFile("a.png", body)}
        return client.post("/api/pictures", given, headers={"Authorization": f"Bearer {token}"})

    assert add(bob, drawn("PNG")).status_code == 403  # type: ignore[attr-defined]
    assert add(mark, SVG).status_code == 422  # type: ignore[attr-defined]
    answer = add(mark, drawn("PNG"))
    assert answer.status_code == 201 and answer.json()["src"] == Picture.objects.get().path  # type: ignore[attr-defined]


def test_a_picture_that_no_template_shows_goes_after_a_day(house: DeliverySettings) -> None:
    used, unused = (actions.add_picture(by=None, body=drawn("PNG")) for _ in range(2))
    wording = Wording("好", f'<p><img src="{used.path}" alt="红"></p>', "")
    actions.save_template(by=None, key="red", name="红", purpose="marketing", wording=wording)
    actions.save_template(by=None, key="red", name="红", purpose="marketing", wording=Wording("好", "<p>无图</p>", ""))
    now = clock.now()
    assert actions.drop_unused_pictures(by=None, as_of=now) == 0
    assert actions.drop_unused_pictures(by=None, as_of=now + timedelta(hours=25)) == 1
    assert list(Picture.objects.all()) == [used] != [unused]
