"""Check the rendered site: every link and anchor within it leads somewhere, those of llms.txt too, every image has alt text, and no Markdown or cell option is left over.

    python tools/site.py [_docs]"""
import re, sys
from configparser import ConfigParser
from pathlib import Path
from urllib.parse import unquote
from bs4 import BeautifulSoup

root = Path(__file__).resolve().parents[1]
cfg = ConfigParser(delimiters=['=']); cfg.read(root/'settings.ini', encoding='utf-8')
host = cfg['DEFAULT']['doc_host'] + cfg['DEFAULT']['doc_baseurl'] + '/'
leftover = re.compile(r'^#\||^:::|!\[|\]\((?:http|\w+\.)|\x1b\[', re.M)

def links(page):
    "What a page refers to: (tag, address)."
    for tag,attr in (('a', 'href'), ('link', 'href'), ('img', 'src'), ('script', 'src')):
        yield from ((tag, t[attr]) for t in page.find_all(tag) if t.get(attr))

def listed(site):
    "One sentence per page of llms.txt that is not there."
    file = site/'llms.txt'
    if not file.exists(): yield 'llms.txt is not part of the site'; return
    for to in re.findall(r'\]\(([^)]*)\)', file.read_text(encoding='utf-8')):
        if to.startswith(host) and not (site/to[len(host):]).exists(): yield f'llms.txt: {to} leads nowhere'

def check(site):
    "One sentence per fault."
    pages = {f.resolve():BeautifulSoup(f.read_text(encoding='utf-8'), 'html.parser') for f in site.rglob('*.html')}
    ids = {f:{t['id'] for t in p.find_all(id=True)} for f,p in pages.items()}
    if not pages: yield f'{site} holds no page; render it with tools/docs.py'
    yield from listed(site)
    for f,p in pages.items():
        at = f.relative_to(site)
        for tag,to in links(p):
            base,to = (site, to[len(host):]) if to.startswith(host) else (f.parent, to)
            if re.match(r'[\w-]+:|//', to): continue
            to,_,frag = to.partition('#')
            file = (base/unquote(to.partition('?')[0])).resolve() if to or base == site != f.parent else f
            if file.is_dir(): file = file/'index.html'
            if not file.exists(): yield f'{at}: <{tag}> {to} leads nowhere'
            elif frag and file in ids and unquote(frag) not in ids[file]: yield f'{at}: {to}#{frag}: no such heading there'
        for img in p.find_all('img'):
            if not (img.get('alt') or '').strip(): yield f"{at}: the image {img.get('src', '')[:80]} has no alt text"
        body = BeautifulSoup(str(p.find('main') or p), 'html.parser')
        for pre in body.find_all('pre', class_='sourceCode'):
            for m in re.finditer(r'^#\|.*|.*\]\(http.*', pre.get_text(), re.M): yield f'{at}: left over in code: {m[0].strip()[:120]}'
        for t in body.find_all(['pre', 'code', 'script', 'style']): t.decompose()
        for m in leftover.finditer(body.get_text()): yield f'{at}: left over in the text: {body.get_text()[m.start():m.start()+80]!r}'

if __name__ == '__main__':
    site = Path(sys.argv[1] if len(sys.argv) > 1 else root/'_docs').resolve()
    bad = list(dict.fromkeys(check(site)))
    for b in bad: print(b)
    print(f"{len(list(site.rglob('*.html')))} pages: {'in order' if not bad else f'{len(bad)} complaints'}")
    sys.exit(bool(bad))
