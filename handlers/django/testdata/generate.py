"""Renders the snippets of cases.json with real Django, each on every session, into rendered.json.

    python3 generate.py

Run it once for each version of Django: one that renders all as the others did is added to them, and one that
does not is an error. Without rendered.json the first version begins anew.

The settings are those of a new project. The sessions are in the local-memory cache: it pickles, so that it
keeps a time, which the JSON of other stores refuses.
"""

import json
import pathlib
import sys
from datetime import datetime

import django
from django.conf import settings

settings.configure(
    LANGUAGE_CODE="en-us", TIME_ZONE="UTC", USE_I18N=True, USE_TZ=True,
    **({"USE_L10N": True} if django.VERSION < (4,) else {}),
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }],
)
django.setup()

from django.contrib.sessions.backends.cache import SessionStore  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import RequestFactory  # noqa: E402

KINDS = {
    "string": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict,
    "none": lambda _: None, "time": datetime.fromisoformat,
    "long": lambda of: of[0] * of[1] + of[2],  # a text or a list, so many times, and an end
}


def session(entries):
    """A session that was saved with these entries, as the next request loads it."""
    store = SessionStore()
    for key, kind, value in entries:
        store[key] = KINDS[kind](value)
    store.save()
    return SessionStore(store.session_key)


def render(source, store):
    """What a template prints, or the error that it fails with."""
    request = RequestFactory().get("/")
    request.session = store
    try:
        return {"printed": engines["django"].from_string(source).render({}, request)}
    except Exception as error:
        return {"error": type(error).__name__, "text": str(error)}


def trap(source):
    """render, and whether the session is still there afterwards."""
    store = session([["fname", "string", "Aman"]])
    key = store.session_key
    return {**render(source, store), "alive": SessionStore().exists(key)}


here = pathlib.Path(__file__).parent
cases = json.loads((here / "cases.json").read_text())
rendered = {
    name: {snippet: render(source, session(entries)) for snippet, source in cases["snippets"].items()}
    for name, entries in cases["sessions"].items()
}
traps = {name: trap(source) for name, source in cases["traps"].items()}

version = ".".join(map(str, django.VERSION[:3 if django.VERSION[2] else 2]))
if django.VERSION[3] != "final":
    version += " " + django.VERSION[3]
record = here / "rendered.json"
kept = {"versions": [], "rendered": rendered, "traps": traps}
if record.exists():
    kept = json.loads(record.read_text())
if (kept["rendered"], kept["traps"]) != (rendered, traps):
    sys.exit(f"Django {version} renders something else than {', '.join(kept['versions'])}.")
versions = sorted({*kept["versions"], version})
lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(outcome)}" for name, outcome in rendered.items())
record.write_text(f"""{{
 "versions": {json.dumps(versions)},
 "traps": {json.dumps(traps)},
 "rendered": {{
{lines}
 }}
}}
""")
