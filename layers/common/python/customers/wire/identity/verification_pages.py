"""The pages behind a verification link: no script, no external content, English and Arabic.

All links, valid or not, show the same pages, so a page reveals nothing.
"""

from __future__ import annotations

import base64
import hashlib

_STYLE = (
    "body{margin:0 auto;padding:1em;max-width:30em;font:1em/1.5 sans-serif;color:#1a1a1a;background:#fff}"
    "h1{margin:0;font-size:1.2em;line-height:1.3}p{margin:.3em 0 0}div{margin:0 0 1em}"
    "button{width:100%;padding:.8em;border:0;border-radius:.4em;font:inherit;font-weight:bold;color:#fff;"
    "background:#0b5d3b}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}

_Text = tuple[str, str]
"""A heading and the text below it, which may be empty."""


def _page(english: _Text, arabic: _Text, more: str = "") -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{english[0]} · {arabic[0]}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<div lang="en" dir="ltr">{_block(*english)}</div>\n<div lang="ar" dir="rtl">{_block(*arabic)}</div>\n'
        f"{more}</body>\n</html>\n"
    )


def _block(heading: str, text: str) -> str:
    return f"<h1>{heading}</h1>" + (f"<p>{text}</p>" if text else "")


# The form posts to the page's own address, so the page does not contain the token.
CONFIRM_PAGE = _page(
    ("Confirm your phone number", "If a shop sent you this link, press the button."),
    ("أكد رقم هاتفك", "هل أرسل إليك متجر هذا الرابط؟ إذًا اضغط على الزر."),
    '<form method="post"><button type="submit">Confirm · <span lang="ar" dir="rtl">تأكيد</span></button></form>\n',
)
VERIFIED_PAGE = _page(
    ("Thank you. Your number is confirmed.", "You can close this page."),
    ("شكرًا لك. تم تأكيد رقمك.", "يمكنك إغلاق هذه الصفحة."),
)
REFUSED_PAGE = _page(
    (
        "This link no longer works.",
        "If you already confirmed your number, you are done. If not, ask the shop for a new link.",
    ),
    ("لم يعد هذا الرابط صالحًا.", "إذا كنت قد أكدت رقمك به، فلا حاجة إلى شيء آخر. وإلا فاطلب من المتجر رابطًا جديدًا."),
)
FAILED_PAGE = _page(
    ("Something went wrong.", "Please go back and try again in a minute."),
    ("لم تنجح المحاولة.", "يرجى الرجوع والمحاولة مرة أخرى بعد دقيقة."),
)


def verification_page(status: int) -> str:
    """The page in place of an answer with this status."""
    return {200: VERIFIED_PAGE, 404: REFUSED_PAGE}.get(status, FAILED_PAGE)
