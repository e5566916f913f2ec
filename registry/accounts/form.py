"""The pages before the app: the sign-in form and its sisters. No script, nothing from elsewhere, light and dark."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; --page: #f2f4f8; --card: #fff; --text: #0b0e14; --soft: #4a5160; --line: #757d8c;
  --main: #005f99; --on-main: #fff; --bad: #a3121f; --bad-page: #fdecee; --note-page: #e6f1fa; }
@media (prefers-color-scheme: dark) { :root { --page: #0e1117; --card: #1a202b; --text: #f0f2f6; --soft: #b3bac7;
  --line: #7b8596; --main: #6cbbf2; --on-main: #08131d; --bad: #ffb3b9; --bad-page: #3b1a1f;
  --note-page: #16293a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { width: 100%; max-width: 26rem; background: var(--card); padding: 2rem; border-radius: .8rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .12), 0 8px 28px rgb(0 0 0 / .10); }
main.wide { max-width: 34rem; }
.brand { margin: 0 0 1.25rem; color: var(--soft); font-size: .95rem; }
.brand strong { display: block; color: var(--text); font-size: 1.05rem; letter-spacing: .01em; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0 0 .75rem; font-size: 1.05rem; }
p { margin: 0 0 1rem; }
label { display: block; margin: 0 0 .3rem; font-weight: 600; }
.hint { margin: .3rem 0 0; color: var(--soft); font-size: .9rem; }
.field { margin: 0 0 1.1rem; }
input { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--line); border-radius: .4rem; }
button, a.button { display: inline-flex; width: 100%; min-height: 2.75rem; align-items: center;
  justify-content: center; padding: .5rem 1rem; font: inherit; font-weight: 600; text-decoration: none;
  color: var(--on-main); background: var(--main); border: 1px solid var(--main); border-radius: .4rem;
  cursor: pointer; }
:is(input, button, a):focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
a { color: var(--main); }
.bad, .note { padding: .75rem .9rem; border-radius: .4rem; border-left: 4px solid; }
.bad { color: var(--bad); background: var(--bad-page); border-color: var(--bad); }
.note { background: var(--note-page); border-color: var(--main); }
.people { list-style: none; margin: 0 0 1.75rem; padding: 0; display: grid; gap: .6rem;
  grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
.people button { height: 100%; flex-direction: column; align-items: flex-start; justify-content: flex-start;
  text-align: left; color: var(--text); background: var(--card); border-color: var(--line); }
.people button:hover { border-color: var(--main); }
.people span { font-weight: 400; font-size: .88rem; color: var(--soft); }
.small { margin: 1.25rem 0 0; color: var(--soft); font-size: .88rem; }
"""
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Nadir</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main{wide}>
<p class="brand"><strong>Nadir</strong>Registry of treatment courses in ITP and AIHA</p>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Field:
    """One thing that a form asks for; a password unless it is shown as it is typed."""

    name: str
    label: str
    autocomplete: str
    hint: str = ""
    value: str = ""
    shown: bool = False


@dataclass(frozen=True)
class Person:
    """Somebody whom a demonstration lets in with one click."""

    account: str
    title: str
    does: str


def page(title: str, body: str, *, status: int = 200, wide: bool = False) -> HTMLResponse:
    """A whole page; `body` is HTML."""
    text = _PAGE.format(title=escape(title), style=_STYLE, body=body, wide=' class="wide"' if wide else "")
    return HTMLResponse(
        text,
        status,
        {
            "content-security-policy": POLICY,
            # A form that is sent names where it is, so that forms of other sites are refused.
            "referrer-policy": "same-origin",
            "cache-control": "no-store",
        },
    )


def notice(title: str, text: str, *, link: tuple[str, str] | None = None, status: int = 200) -> HTMLResponse:
    """A page that says something and, with (address, label), leads on."""
    body = f"<p>{escape(text)}</p>"
    if link:
        body += f'\n<a class="button" href="{escape(link[0])}">{escape(link[1])}</a>'
    return page(title, body, status=status)


def form(
    title: str,
    fields: Sequence[Field],
    *,
    action: str,
    ticket: str,
    send: str,
    intro: str = "",
    wrong: str | None = None,
    people: Sequence[Person] = (),
    foot: str = "",
) -> HTMLResponse:
    """A page with a form; `wrong` says why the last one was refused, `people` are one click away."""
    hidden = f'<input type="hidden" name="ticket" value="{escape(ticket)}">'
    parts = [f"<p>{escape(intro)}</p>"] if intro else []
    if people:
        parts.append(_people(people, action, hidden))
    if wrong:
        parts.append(f'<p class="bad" role="alert" id="wrong">{escape(wrong)}</p>')
    first = 0 if not fields[0].value else min(1, len(fields) - 1)
    asked = [
        _field(one, focus=at == first and not people, wrong=bool(wrong)) for at, one in enumerate(fields)
    ]
    parts.append(
        f'<form method="post" action="{escape(action)}">\n{hidden}\n'
        + "\n".join(asked)
        + f'\n<button type="submit">{escape(send)}</button>\n</form>'
    )
    if foot:
        parts.append(f'<p class="small">{escape(foot)}</p>')
    return page(title, "\n".join(parts), status=403 if wrong else 200, wide=bool(people))


def _field(one: Field, *, focus: bool, wrong: bool) -> str:
    described = [f"{one.name}-hint"] if one.hint else []
    described += ["wrong"] if wrong else []
    attributes = [
        f'id="{one.name}" name="{one.name}" type="{"text" if one.shown else "password"}"',
        f'autocomplete="{one.autocomplete}" autocapitalize="none" spellcheck="false" required maxlength="256"',
        f'value="{escape(one.value)}"' if one.value else "",
        f'aria-describedby="{" ".join(described)}"' if described else "",
        'aria-invalid="true"' if wrong else "",
        "autofocus" if focus else "",
    ]
    hint = f'\n<p class="hint" id="{one.name}-hint">{escape(one.hint)}</p>' if one.hint else ""
    return (
        f'<div class="field">\n<label for="{one.name}">{escape(one.label)}</label>\n'
        f"<input {' '.join(part for part in attributes if part)}>{hint}\n</div>"
    )


def _people(people: Sequence[Person], action: str, hidden: str) -> str:
    buttons = "\n".join(
        f'<li><button type="submit" name="demo" value="{escape(one.account)}">{escape(one.title)}'
        f"<span>{escape(one.does)}</span></button></li>"
        for one in people
    )
    return (
        '<p class="note"><strong>Demonstration.</strong> All patients are synthetic, and anyone at this computer '
        "can use any role. Choose a role.</p>\n"
        f'<form method="post" action="{escape(action)}">\n{hidden}\n<ul class="people">\n{buttons}\n</ul>\n</form>\n'
        "<h2>Or with a password</h2>"
    )
