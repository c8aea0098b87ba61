"""Make nbs/llms.txt from the notebooks' front matter, in the sidebar's order: what the documentation has, for programs that read it (llmstxt.org).

    python tools/llms.py     write it"""
import json, re
from configparser import ConfigParser
from pathlib import Path
import yaml

root = Path(__file__).resolve().parents[1]
settings = ConfigParser(delimiters=['=']); settings.read(root/'settings.ini', encoding='utf-8')
settings = settings['DEFAULT']
site = settings['doc_host'] + settings['doc_baseurl']

def front(nb):
    "Title and description of a notebook."
    first = json.loads(nb.read_text(encoding='utf-8'))['cells'][0]
    return yaml.safe_load(''.join(first['source']).strip().strip('-'))

def line(nb):
    "A page in one line. nbdev takes a chapter's number off the page's name."
    f,page = front(nb),nb.relative_to(root/'nbs').with_name(re.sub(r'^\d+_', '', nb.stem) + '.html')
    return f"- [{f['title']}]({site}/{page.as_posix()}): {f['description'].rstrip('.')}."

def sections():
    "(heading, pages) as the sidebar has them; pages outside of a section come first."
    found = [('Overview', [])]
    for e in yaml.safe_load((root/'_quarto.yml').read_text(encoding='utf-8'))['website']['sidebar']['contents']:
        if isinstance(e, str): found[0][1].append(root/'nbs'/e)
        else:
            names = e['contents'] if isinstance(e['contents'], list) else [e['contents']]
            found.append((e['section'], [p for n in names for p in sorted((root/'nbs').glob(n))]))
    return found

def text():
    "The whole file."
    start = f"# {settings['lib_name']}\n\n> {settings['description']}\n"
    source = f"- [Source]({settings['git_url']}): the notebooks, of which everything is made.\n"
    source += f"- [How to cite]({settings['git_url']}/blob/{settings['branch']}/CITATION.cff): CITATION.cff.\n"
    parts = [f'## {heading}\n\n' + '\n'.join(map(line, pages)) + '\n' for heading,pages in sections()]
    return '\n'.join([start, *parts, '## Source\n\n' + source])

if __name__ == '__main__':
    (root/'nbs/llms.txt').write_text(text(), encoding='utf-8')
