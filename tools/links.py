"""Check the documentation without Quarto: front matter, sidebar, links between pages, alt text of figures, saved outputs, the site's address
in settings.ini alone, and that nbdev's processing for Quarto runs. Prints each complaint; the exit status says whether there was one.

    python tools/links.py           everything
    python tools/links.py --fast    without nbdev's processing, which executes the imports and exported cells of every notebook"""
import ast, json, os, re, shutil, subprocess, sys, tempfile
from configparser import ConfigParser
from pathlib import Path
import yaml

root = Path(__file__).resolve().parents[1]
settings = ConfigParser(delimiters=['=']); settings.read(root/'settings.ini', encoding='utf-8')
settings = settings['DEFAULT']
link = re.compile(r'(!?)\[((?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*)\]\(\s*<?([^)\s>]+)>?[^)]*\)(\{[^}]*\})?')
tag = re.compile(r'<(img|a)\b([^>]*)>', re.I)

def prose(text):
    "Markdown without code, where brackets mean something else."
    return re.sub(r'`[^`\n]*`', '', re.sub(r'^(```+|~~~+).*?^\1', '', text, flags=re.S|re.M))

def slug(heading):
    "The identifier that Pandoc gives a heading."
    if own := re.search(r'\{[^}]*#([\w.-]+)[^}]*\}\s*$', heading): return own[1]
    s = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', heading)
    s = re.sub(r'[^\w\s.-]', '', s.strip()).lower()
    return re.sub(r'^[^a-z]+', '', re.sub(r'\s+', '-', s))

def targets(text):
    "Links and images of a Markdown text: (is it an image?, its words, where to)."
    for bang, words, to, _ in link.findall(text):
        yield bool(bang), words, to
        for inner in link.finditer(words): yield bool(inner[1]), inner[2], inner[3]
    for name, rest in tag.findall(text):
        where, alt = re.search(r'(?:src|href)\s*=\s*["\']([^"\']+)', rest), re.search(r'alt\s*=\s*["\']([^"\']+)', rest)
        if where: yield name.lower() == 'img', alt[1] if alt else '' if name.lower() == 'img' else 'link', where[1]

class Page:
    "A notebook as a page of the site."
    def __init__(self, path, base):
        self.path, self.name = path, path.relative_to(base).as_posix()
        self.cells = json.loads(path.read_text(encoding='utf-8'))['cells']
        raw = ''.join(self.cells[0]['source']) if self.cells and self.cells[0]['cell_type'] == 'raw' else ''
        m = re.match(r'---\n(.*?)\n---', raw, re.S)
        self.front = (yaml.safe_load(m[1]) or {}) if m else {}
        src = '\n'.join(''.join(c['source']) for c in self.cells if c['cell_type'] == 'code')
        exp = re.search(r'^#\|\s*default_exp\s+([\w.]+)', src, re.M)
        self.html = (path.relative_to(base).parent/(self.front.get('output-file') or (exp[1].split('.')[-1] if exp else path.stem) + '.html')).as_posix()
    def markdown(self):
        "Markdown cells, and Markdown among the outputs."
        for i,c in enumerate(self.cells):
            if c['cell_type'] == 'markdown': yield i, ''.join(c['source'])
            for o in c.get('outputs', []):
                if 'text/markdown' in o.get('data', {}): yield i, ''.join(o['data']['text/markdown'])
    def anchors(self): return {slug(h) for _,t in self.markdown() for h in re.findall(r'^#{1,6}\s+(.+?)\s*#*$', re.sub(r'^```.*?^```', '', t, flags=re.S|re.M), re.M)}

def entries(x):
    "Every file that a sidebar names; a pattern stands for the notebooks that it matches."
    for e in [x] if isinstance(x, str) else x:
        if isinstance(e, str) and '*' in e: yield from (p.relative_to(root/'nbs').as_posix() for p in sorted((root/'nbs').glob(e)))
        elif isinstance(e, str): yield e
        else:
            if 'href' in e: yield e['href']
            yield from entries(e.get('contents', []))

def check_config(pages):
    "The one _quarto.yml, what it names, and that each page is reached from the sidebar."
    q, nbs = root/'_quarto.yml', root/'nbs'
    if (nbs/'_quarto.yml').read_text() != q.read_text(): yield 'nbs/_quarto.yml is not the _quarto.yml of the top level: make it a link again (ln -s ../_quarto.yml nbs/_quarto.yml)'
    cfg = yaml.safe_load(q.read_text()); site = cfg['website']
    listed = list(entries(site['sidebar']['contents']))
    for e in listed:
        if not (nbs/e).exists(): yield f'_quarto.yml: the sidebar names {e}, which nbs/ does not have'
    for p in pages:
        if p.name not in listed: yield f'nbs/{p.name}: no entry in the sidebar of _quarto.yml'
    named = [site.get('favicon'), site.get('image'), *cfg['project'].get('resources', [])]
    css = cfg['format']['html'].get('css', [])
    for f in filter(None, named + ([css] if isinstance(css, str) else css)):
        if not (nbs/f.lstrip('/')).exists(): yield f'_quarto.yml: names {f}, which nbs/ does not have'

def options(src):
    "The options of a code cell as Quarto reads them: YAML. Raises where they are none (a colon in an alt text wants quotes)."
    lines = [m[1] for m in re.finditer(r'^#\|\s*([\w-]+: .*)$', src, re.M)]
    return yaml.safe_load('\n'.join(lines)) or {}

def imports_and_more(src):
    "Does a cell that nbdev's processing executes for its import need what other cells made? Exported cells are executed too, so they may."
    if re.search(r'^#\|\s*(export|exec_doc|eval:\s*false)', src, re.M): return False
    try: body = ast.parse(re.sub(r'^\s*[!%].*$', '', src, flags=re.M))
    except SyntaxError: return False
    imports = (ast.Import, ast.ImportFrom)
    return any(isinstance(n, imports) for n in ast.walk(body)) and not all(isinstance(n, imports) for n in body.body)

def check_page(p):
    "Front matter, alt text, errors and imports of one page."
    for k in ('title', 'description'):
        if not p.front.get(k): yield f'nbs/{p.name}: the first cell has no {k}; begin with a raw cell of front matter'
    if p.front.get('image') and not (p.path.parent/p.front['image']).exists(): yield f"nbs/{p.name}: its image {p.front['image']} is missing"
    for i,c in enumerate(p.cells):
        src, outs = ''.join(c['source']), c.get('outputs', [])
        try: options(src)
        except yaml.YAMLError as e: yield f'nbs/{p.name} cell {i}: Quarto cannot read its #| options ({e.problem}); put the value in double quotes'
        if c['cell_type'] == 'markdown' and (m := re.search(r'\[`[\w.]+`\]\(', src)): yield f'nbs/{p.name} cell {i}: {m[0]}: nbdev makes a link of the name inside the link; write the name in backticks alone'
        if c['cell_type'] == 'code' and imports_and_more(src): yield f'nbs/{p.name} cell {i}: imports beside other code; a docs build executes it without the cells before it, so put the imports in a cell of their own'
        if any(o['output_type'] == 'error' for o in outs): yield f'nbs/{p.name} cell {i}: its saved output is an error'
        pics = sum(any(k.startswith('image/') for k in o.get('data', {})) for o in outs)
        if pics and not re.search(r'^#\|\s*fig-alt:\s*\S', src, re.M) and not re.search(r'^#\|\s*hide\s*$', src, re.M): yield f'nbs/{p.name} cell {i}: a figure without #| fig-alt'

def check_links(here, text, where, pages, base, processed=False):
    "Links of one Markdown text: files exist, images have alt text; once nbdev has put in signatures and doclinks, anchors exist too."
    by_path = {p.path.resolve():p for p in pages}
    by_html = {(base/p.html).resolve():p for p in pages}
    host = settings['doc_host'] + settings['doc_baseurl'] + '/'
    for image, words, to in targets(prose(text)):
        if processed and '#' not in to and not to.startswith(host): continue
        if image and not words.strip(): yield f'{where}: the image {to} has no alt text'
        if to.startswith(host): f, _, frag = to[len(host):].partition('#'); file = base/f
        elif re.match(r'\w+:', to): continue
        else: f, _, frag = to.partition('#'); file = here.parent/f if f else here
        page = by_path.get(file.resolve()) or by_html.get(file.resolve())
        if not page and not file.exists():
            like = by_path.get(file.with_suffix('.ipynb').resolve())
            yield f'{where}: {to} leads nowhere' + (f'; the page is {like.html}, link to {Path(f).with_suffix(".ipynb").name}' if like else '')
        elif processed and page and frag and frag not in page.anchors(): yield f'{where}: {to}: that page has no heading #{frag}'

def check_reference(pages):
    "The reference page has every public function and class; docments name functions without backticks, which nbdev would turn into Markdown inside code."
    idx = {}; exec((root/settings['lib_name']/'_modidx.py').read_text(encoding='utf-8'), idx)
    page = next((p for p in pages if p.name == 'api.ipynb'), None)
    text,names = ''.join(t for _,t in page.markdown()) if page else '',set()
    for m,syms in idx['d']['syms'].items():
        tree = ast.parse((root/(m.replace('.', '/') + '.py')).read_text(encoding='utf-8'))
        public = next((ast.literal_eval(n.value) for n in tree.body if isinstance(n, ast.Assign) and getattr(n.targets[0], 'id', '') == '__all__'), [])
        names |= set(public)
        for n in public:
            if f'{m}.{n}' in syms and f'[{n}](' not in text: yield f'nbs/api.ipynb: {m}.{n} is not on it; run the notebook again'
    for p in pages:
        for c in p.cells:
            if c['cell_type'] != 'code' or not re.match(r'#\|\s*export', ''.join(c['source'])): continue
            src = ''.join(c['source'])
            fields = [(n, '\n'.join(re.findall(r'^    \w+:.*', body, re.M))) for n,body in re.findall(r'^@dataclass.*\nclass (\w+):(.*?)(?=^\S|\Z)', src, re.S|re.M)]
            for f in fields + re.findall(r'^(?:def|class) ([a-zA-Z]\w*)\((.*?\n\)[^\n]*)$', src, re.S|re.M):
                for n in {n for said in re.findall('#.*', f[1]) for n in re.findall(r'`(\w+)`', said)} & names: yield f'nbs/{p.name}: a docment of {f[0]} has `{n}` in backticks; write the name alone'

def check_address():
    "The public address stands in settings.ini; what follows from it is made by scripts."
    made = {'settings.ini', 'CITATION.cff', 'nbs/llms.txt', f"{settings['lib_name']}/_modidx.py"}
    files = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard'], cwd=root, capture_output=True, text=True, check=True).stdout.split('\n')
    for f in files:
        if not f or f in made or not (root/f).is_file() or (root/f).suffix in ('.png', '.safetensors', '.svg', '.ico'): continue
        text = (root/f).read_text(encoding='utf-8', errors='replace')
        if f.endswith('.ipynb'): text = '\n'.join(''.join(c['source']) for c in json.loads(text)['cells'] if c.get('id') not in ('badge', 'colab'))
        for a in (settings['git_url'], settings['doc_host']):
            if a in text: yield f'{f}: holds the public address {a}, which belongs into settings.ini alone'

def check_proc():
    "nbdev's processing for Quarto in a copy of this tree; then the links of its result, doclinks among them."
    with tempfile.TemporaryDirectory() as tmp:
        files = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard'], cwd=root, capture_output=True, text=True, check=True).stdout.split('\n')
        for f in filter(None, files):
            if not (root/f).is_file(): continue
            (Path(tmp)/f).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root/f, Path(tmp)/f, follow_symlinks=False)
        # nbdev_proc_nbs, without its step that downloads Quarto and reinstalls the package
        code = 'import docs, nbdev.quarto as q; docs.show_fields(); q._ensure_quarto = lambda: None; q._pre_docs(n_workers=0)'
        r = subprocess.run([sys.executable, '-c', code], cwd=tmp, capture_output=True, text=True, env={**os.environ, 'PYTHONPATH':os.pathsep.join([tmp, f'{tmp}/tools'])})
        if r.returncode: yield f'nbdev_proc_nbs fails:\n{(r.stderr or r.stdout)[-3000:]}'; return
        proc = Path(tmp)/'_proc'
        for f in ('_quarto.yml', 'nbdev.yml', 'llms.txt'):
            if not (proc/f).is_file(): yield f'nbdev_proc_nbs: no {f} in _proc'
        if (proc/'_quarto.yml').read_text() != (root/'_quarto.yml').read_text(): yield 'nbdev_proc_nbs: _proc/_quarto.yml is not the one of the top level'
        pages = [Page(f, proc) for f in sorted(proc.rglob('*.ipynb'))]
        n = 0
        for p in pages:
            for i,t in p.markdown():
                for c in check_links(p.path, t, f'_proc/{p.name} cell {i}', pages, proc, processed=True): yield c
                n += t.count(settings['doc_host'] + settings['doc_baseurl'])
        print(f'nbdev_proc_nbs: {len(pages)} pages, {sum(len(p.anchors()) for p in pages)} headings, {n} doclinks into the package')

def main():
    nbs = root/'nbs'
    pages = [Page(f, nbs) for f in sorted(nbs.rglob('*.ipynb')) if not any(s.startswith(('.', '_')) for s in f.relative_to(nbs).parts)]
    bad, links = [*check_config(pages)], 0
    for p in pages:
        bad += check_page(p)
        for i,t in p.markdown(): bad += check_links(p.path, t, f'nbs/{p.name} cell {i}', pages, nbs); links += len(list(targets(prose(t))))
    for f in sorted(root.glob('*.md')) + sorted(root.glob('.github/**/*.md')):
        bad += check_links(f, f.read_text(encoding='utf-8'), f.relative_to(root).as_posix(), pages, nbs)
    bad += [*check_reference(pages), *check_address()]
    if '--fast' not in sys.argv[1:]: bad += check_proc()
    for b in dict.fromkeys(bad): print(b)
    print(f"{len(pages)} pages, {links} links: {'in order' if not bad else f'{len(set(bad))} complaints'}")
    sys.exit(bool(bad))

if __name__ == '__main__': main()
