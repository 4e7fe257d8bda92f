"""Pictures as letters can show them: known by their content, bounded, made anew without what a camera noted."""

from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 5 * 2**20
MOST_PIXELS = 40_000_000
"""Of all frames together; a phone's photograph has some 12 million."""
WIDEST = 1200
"""Pixels: twice a letter's width, for sharp screens."""
HIGHEST = 6000
TAKEN = ("JPEG", "PNG", "GIF", "WEBP")


class PictureRefused(ValueError):
    """The file can't be a letter's picture; the text says why and what to do."""


@dataclass(frozen=True)
class Cleaned:
    """A picture's new body, its kind (jpg, png or gif) and its size in pixels."""

    kind: str
    body: bytes
    width: int
    height: int


def cleaned(body: bytes) -> Cleaned:
    """The picture made anew: turned upright, not wider than WIDEST, without any other data. Raises PictureRefused."""
    if len(body) > MOST_BYTES:
        raise PictureRefused(
            _("图片有 %(size)s MB，最多 %(most)s MB：请先缩小")
            % {"size": round(len(body) / 2**20, 1), "most": MOST_BYTES // 2**20}
        )
    if b"<svg" in body[:2000].lower():
        raise PictureRefused(_("邮件里不能放 SVG：很多邮箱不显示它，请存成 PNG 再上传"))
    try:
        with Image.open(BytesIO(body), formats=TAKEN) as image:
            _check_size(image)
            return _made_anew(image)
    except PictureRefused:
        raise
    except UnidentifiedImageError:
        raise PictureRefused(_("这不是图片，或不是这里收的格式：请用 JPEG、PNG、GIF 或 WebP")) from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):  # what Pillow raises for broken files
        raise PictureRefused(_("图片打不开，可能没有传完或已损坏：请在电脑上打开看看，另存后再上传")) from None


def _check_size(image: Image.Image) -> None:
    frames = getattr(image, "n_frames", 1)
    if image.width * image.height * frames > MOST_PIXELS:
        raise PictureRefused(
            _("图片太大：%(width)s × %(height)s 像素，请缩到宽 %(most)s 像素以内")
            % {"width": image.width, "height": image.height, "most": WIDEST}
        )


def _made_anew(image: Image.Image) -> Cleaned:
    if image.format == "GIF" and getattr(image, "is_animated", False):
        return _saved(image, "gif", "GIF", save_all=True, comment=b"")
    upright = ImageOps.exif_transpose(image)
    see_through = upright.has_transparency_data
    plain = upright.convert("RGBA" if see_through else "RGB")
    plain.thumbnail((WIDEST, HIGHEST))
    plain.info = {}
    if see_through or image.format == "PNG":
        return _saved(plain, "png", "PNG", optimize=True)
    return _saved(plain, "jpg", "JPEG", quality=85, optimize=True, progressive=True)


def _saved(image: Image.Image, kind: str, form: str, **how: object) -> Cleaned:
    made = BytesIO()
    image.save(made, form, **how)
    return Cleaned(kind, made.getvalue(), image.width, image.height)
