"""Runs the views of snippets/ in real Django and writes what came of them into table.json.

    /usr/bin/python3 e2e/views/make.py                        # Debian's python3-django, 3.2
    PYTHONPATH=…/django /usr/bin/python3 e2e/views/make.py    # the newest, then those between

Each run replaces what its own Django gave and leaves the others'. table.json is an object:

  django   the versions that were run
  settings what differs from Django's defaults
  now      the moment at which each row's view runs; with "wait" the requests before it ran earlier
  rows     each with
    name     of the row; no two have the same
    earlier  the requests before, in order: {"code"} in the same browser, {"code", "other": true} in one
             that has no cookie, {"wait": n} for n seconds that go by
    cookie   what the browser sends: none, live (from its last request), unknown (names no row), or short
             (too short to be an ID)
    code     the lines of the view: a body, or def view(request)
    out      the outcome:
      returned  str() of what it returned, null where the view raised and for an HttpResponse, which has
                content and location instead. Addresses in memory are 0x…, a session's ID is ID
      raised    the last line of the traceback of what it raised; line is where, in the view's own source,
                and "where" says view, or save for what is raised after the view's end
      gave      "line: repr" for each statement that is an expression and did not give None
      printed   the lines that print wrote
      flags     accessed and modified, as they stood when the view ended
      status    of the response
      store     what the session's table was asked, in order: load, insert, update, delete, sweep. Whether
                a new key is free, and the look before a delete, are left out
      cookie    sent, deleted, or nothing; max_age is its Max-Age, null for none
      id        of the session in the browser: same, new, gone, or none before and after
      after     the repr of what the row that the browser's cookie then names holds, null for no row
      rows      how many rows the table then has
    3.2     the fields of out that were otherwise in Django 3.2, "absent" for one that was not there; and
    since   the first version that was run and gave what out says
"""
import ast
import datetime
import inspect
import json
import logging
import pathlib
import re
import sys
import traceback
import types

if not hasattr(inspect, 'markcoroutinefunction'):  # Django 6.1 wants Python 3.12; the words are 3.11's
    def mark(function):
        function.is_marked = True
        return function
    inspect.markcoroutinefunction = mark

import django
from django.conf import settings

AGE, NAME = 400, 'sessionname'
settings.configure(
    ALLOWED_HOSTS=['*'], ROOT_URLCONF='views', SECRET_KEY='k' * 50, USE_TZ=True,
    DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}},
    INSTALLED_APPS=['django.contrib.sessions'], SESSION_COOKIE_AGE=AGE, SESSION_COOKIE_NAME=NAME,
    MIDDLEWARE=['views.Middleware'])
django.setup()
logging.disable(logging.CRITICAL)

from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone

import snippets

HERE = pathlib.Path(__file__).parent
NOW = datetime.datetime(2027, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
OLD = '3.2'


class Clock:
    """The one clock of Django and of the views."""
    now = NOW
    @classmethod
    def read(cls, tz=None):
        return cls.now if tz else cls.now.replace(tzinfo=None)


timezone.now = lambda: Clock.now


class Watched(ast.NodeTransformer):
    """Rewrites a view so that it says what its expressions gave, and reads the clock of the table."""

    def visit_Expr(self, node):
        self.generic_visit(node)
        call = ast.Call(ast.Name('__gave__', ast.Load()), [ast.Constant(node.lineno), node.value], [])
        return ast.copy_location(ast.Expr(call), node)

    def visit_Call(self, node):
        self.generic_visit(node)
        if ast.unparse(node.func) == 'datetime.now':
            node.func = ast.copy_location(ast.Name('__now__', ast.Load()), node.func)
        return node


class View:
    """One run of a view: the function that Django calls, and what it saw."""

    def __init__(self, code):
        self.gave, self.printed, self.flags = [], [], []
        self.returned = self.response = self.raised = self.where = self.line = None
        body = code if re.search(r'^def view\(', code, re.M) else self.wrapped(code)
        tree = ast.fix_missing_locations(Watched().visit(ast.parse(body)))
        self.lead = 0 if body == code else 1
        self.names = {'__gave__': self.give, '__now__': Clock.read, 'print': self.print,
                      'HttpResponse': HttpResponse, 'redirect': redirect}
        exec(compile(tree, '<view>', 'exec'), self.names)

    @staticmethod
    def wrapped(code):
        return 'def view(request):\n' + '\n'.join('    ' + line for line in code.split('\n')) + '\n    pass'

    def give(self, line, value):
        if value is not None:
            self.gave.append('%d: %s' % (line - self.lead, plain(repr(value))))

    def print(self, *values, sep=' ', end='\n'):
        self.printed.append(plain(sep.join(str(v) for v in values)))

    def __call__(self, request):
        try:
            value = self.names['view'](request)
        except Exception:
            self.fail('view')
            raise
        finally:
            session = request.session
            self.flags = [f for f in ('accessed', 'modified') if getattr(session, f)]
        if isinstance(value, HttpResponse):
            self.response = value
            return value
        self.returned = plain(str(value))
        return HttpResponse(self.returned)

    def fail(self, where):
        if self.raised:
            return
        kind, error, trace = sys.exc_info()
        self.raised = plain(traceback.format_exception_only(kind, error)[-1].rstrip('\n'))
        self.where = where
        lines = [f.lineno for f in traceback.extract_tb(trace) if f.filename == '<view>']
        self.line = lines[-1] - self.lead if lines else None


def plain(text):
    """The text without what is another in each run: addresses, and session IDs."""
    text = re.sub(r'0x[0-9a-f]{6,}', '0x…', text)
    return re.sub(r'\b(?!(.)\1+\b)[a-z0-9]{32}\b', 'ID', text)


class Middleware(SessionMiddleware):
    """Django's own, which notes what it raises."""

    def process_response(self, request, response):
        try:
            return super().process_response(request, response)
        except Exception:
            urls.view.fail('save')
            raise


urls = sys.modules['views'] = types.ModuleType('views')
urls.Middleware = Middleware
urls.urlpatterns = [path('view', lambda request: urls.view(request))]


def store(queries):
    """What the session's table was asked for, in words."""
    words = []
    for sql in (q['sql'] for q in queries):
        verb = sql.split()[0].lower()
        if verb == 'select' and 'expire_date" >' in sql:
            words.append('load')
        elif verb == 'delete':
            words.append('sweep' if 'expire_date" <' in sql else 'delete')
        elif verb in ('insert', 'update'):
            words.append(verb)
        elif verb == 'select' and 'expire_date" <' in sql:
            words.append('sweep')
    return words


def visit(code, cookie):
    """Sends one request with the view, and returns the view, the outcome, and the cookie kept after it."""
    urls.view = view = View(code)
    headers = {'HTTP_COOKIE': '%s=%s' % (NAME, cookie)} if cookie else {}
    with CaptureQueriesContext(connection) as asked:
        response = Client(raise_request_exception=False).post('/view', **headers)
    return view, response, store(asked.captured_queries), kept(response, cookie)


def kept(response, cookie):
    """The ID that a browser keeps after the response."""
    morsel = response.cookies.get(NAME)
    if morsel is None:
        return cookie
    return morsel.value if morsel['max-age'] == '' or int(morsel['max-age']) > 0 else None


def outcome(code, cookie):
    view, response, asked, after = visit(code, cookie)
    morsel = response.cookies.get(NAME)
    sent = 'nothing' if morsel is None else 'deleted' if morsel.value == '' else 'sent'
    row = Session.objects.filter(session_key=after).first() if after else None
    out = {'returned': view.returned, 'raised': view.raised}
    if view.response is not None:
        out.update(content=view.response.content.decode(), location=view.response.get('Location'))
    if view.raised:
        out.update(where=view.where, line=view.line)
    out.update(
        gave=view.gave, printed=view.printed, flags=view.flags, status=response.status_code, store=asked,
        cookie=sent, max_age=morsel['max-age'] if sent == 'sent' and morsel['max-age'] != '' else None,
        id='none' if not cookie and not after else 'new' if not cookie else 'gone' if not after
        else 'same' if cookie == after else 'new',
        after=repr(row.get_decoded()) if row else None, rows=Session.objects.count())
    return out


def run(row):
    Session.objects.all().delete()
    Clock.now = NOW - datetime.timedelta(seconds=sum(e.get('wait', 0) for e in row['earlier']))
    cookie = None
    for step in row['earlier']:
        if 'wait' in step:
            Clock.now += datetime.timedelta(seconds=step['wait'])
        elif step.get('other'):
            visit(step['code'], None)
        else:
            cookie = visit(step['code'], cookie)[3]
    sent = {'none': None, 'unknown': 'a' * 32, 'short': 'abc', 'live': cookie}[row['cookie']]
    return outcome('\n'.join(row['code']), sent)


def write(rows, versions):
    line = lambda value: json.dumps(value, ensure_ascii=False)
    head = {'django': versions, 'settings': {'SESSION_COOKIE_AGE': AGE, 'SESSION_COOKIE_NAME': NAME},
            'now': NOW.isoformat()}
    text = ''.join('%s: %s,\n' % (line(k), line(v)) for k, v in head.items())
    entries = [',\n '.join('%s: %s' % (line(k), line(v)) for k, v in row.items()) for row in rows]
    text += '"rows": [\n' + ',\n'.join('{%s}' % e for e in entries) + '\n]'
    (HERE / 'table.json').write_text('{%s}\n' % text, encoding='utf-8')


def main():
    call_command('migrate', verbosity=0)
    rows = snippets.read(HERE / 'snippets')
    table = HERE / 'table.json'
    before = json.loads(table.read_text('utf-8')) if table.exists() else {'rows': [], 'django': {}}
    known = {row['name']: row for row in before['rows']}
    versions = {**before['django'], version(): '%d.%d.%d %s' % django.VERSION[:4]}
    newest = max(versions, key=numbers)
    for row in rows:
        had = known.get(row['name'], {})
        if any(had.get(k) != row[k] for k in row):  # what it says now was never run by the others
            had = {}
        fill(row, had, newest)
    write(rows, dict(sorted(versions.items(), key=lambda v: numbers(v[0]))))
    print(len(rows), 'rows')


def fill(row, had, newest):
    """Runs a row, and sets its outcome, the old one where that was another, and since when it was not."""
    out = had.get('out')
    old = {k: v for k, v in {**(out or {}), **had.get(OLD, {})}.items() if v != 'absent'}
    since = had.get('since', newest)
    if version() == OLD:
        old = run(row)
    elif version() == newest:
        out = run(row)
    elif OLD in had and numbers(version()) < numbers(since) and run(row) == out:
        since = version()
    row['out'] = out or old
    if out and old and out != old:
        keys = [k for k in {**out, **old} if out.get(k, 'absent') != old.get(k, 'absent')]
        row[OLD] = {k: old.get(k, 'absent') for k in keys}
        row['since'] = since


def numbers(version):
    return tuple(map(int, version.split('.')))


def version():
    return '.'.join(map(str, django.VERSION[:2]))


main()
