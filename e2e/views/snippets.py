"""Reads the files of snippets/, whose form is told in snippets/README.txt."""
import re
import sys


def read(folder):
    rows = [row for f in sorted(folder.glob('[a-z]*.txt')) for row in parse(f.read_text('utf-8'))]
    if len({row['name'] for row in rows}) != len(rows):
        sys.exit('two rows have one name')
    return rows


def parse(text):
    """Yields the rows of one file."""
    for part in re.split(r'^=== ', text, flags=re.M)[1:]:
        name, _, rest = part.partition('\n')
        row = {'name': name.strip(), 'earlier': [], 'cookie': None, 'code': None}
        for block in re.split(r'^--- ', rest, flags=re.M)[1:]:
            head, _, code = block.partition('\n')
            word, _, argument = head.strip().partition(' ')
            code = code.strip('\n')
            if word == 'earlier':
                row['earlier'].append({'code': code, **({'other': True} if argument else {})})
            elif word == 'wait':
                row['earlier'].append({'wait': int(argument)})
            elif word == 'cookie':
                row['cookie'] = argument
            elif word == 'view':
                row['code'] = code.split('\n')
            else:
                sys.exit('%s: --- %s' % (name, head))
        row['cookie'] = row['cookie'] or (
            'live' if any('code' in e and 'other' not in e for e in row['earlier']) else 'none')
        yield row
