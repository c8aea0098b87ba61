"""Write what follows from the address and version in settings.ini: the Colab badge and the set-up cell of every notebook (second and third
cell), and CITATION.cff. Progress bars and warnings are dropped from the saved outputs; all else stays as it is.

    python tools/badges.py [NOTEBOOK ...]     write (default: every notebook in nbs/)
    python tools/badges.py --check            say which differ, and exit with 1 if any does"""
import json, re, sys
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).resolve().parents[1]
cfg = ConfigParser(delimiters=['=']); cfg.read(root/'settings.ini', encoding='utf-8')
cfg = cfg['DEFAULT']

def badge(nb):
    "The badge: opens this notebook on Colab. As HTML, since Pandoc makes a figure with a caption of a Markdown image that stands alone."
    at = cfg['git_url'].split('github.com/')[-1]
    return (f'<a href="https://colab.research.google.com/github/{at}/blob/{cfg["branch"]}/{nb.relative_to(root).as_posix()}">'
            '<img src="https://colab.research.google.com/assets/colab-badge.svg" alt="Open in Colab"></a>')

def extras(cells):
    "What a notebook imports that neither the package nor Colab brings."
    text = '\n'.join(''.join(c['source']) for c in cells if c['cell_type'] == 'code')
    return [p for p in ('mistral_common', 'himalaya', 'nnsight') if re.search(rf'^(import|from) {p}\b', text, re.M)]

def setup(more):
    "Install the package where it is missing, beside the torch and numpy that are there, and skip cells that Colab's runtime cannot run."
    name = cfg['lib_name']
    wanted = ' '.join([*more, f'"{name} @ git+{cfg["git_url"]}@{cfg["branch"]}"'])
    install = f"get_ipython().run_line_magic('pip', f'install -q torch=={{torch.__version__}} numpy=={{numpy.__version__}} {wanted}')"
    return f'''#| hide
#| eval: false
import importlib.util, numpy, torch; importlib.util.find_spec('{name}') or {install}
from {name}.parts.jobs import colab; colab();'''

def source(s): return s.splitlines(keepends=True)

def cells(nb, more):
    "The two cells."
    return [dict(cell_type='markdown', id='badge', metadata={}, source=source(badge(nb))),
            dict(cell_type='code', execution_count=None, id='colab', metadata={}, outputs=[], source=source(setup(more)))]

def passing(out):
    "Is an output of interest only while it runs: a progress bar (a widget in Jupyter), a warning, or what else goes to stderr?"
    return out.get('name') == 'stderr' or 'application/vnd.jupyter.widget-view+json' in out.get('data', {})

def with_badge(nb):
    "A notebook's text with badge and set-up cell right under the front matter, and only lasting outputs."
    d = json.loads(nb.read_text(encoding='utf-8'))
    if not d['cells'] or d['cells'][0]['cell_type'] != 'raw': sys.exit(f'{nb}: the first cell is no front matter; begin with a raw cell that holds title and description')
    rest = [c for c in d['cells'][1:] if c.get('id') not in ('badge', 'colab')]
    for c in rest:
        if 'outputs' in c: c['outputs'] = [o for o in c['outputs'] if not passing(o)]
    d['cells'] = [d['cells'][0], *cells(nb, extras(rest)), *rest]
    return json.dumps(d, sort_keys=True, indent=1, ensure_ascii=False) + '\n'

def citation(text):
    "CITATION.cff with the address and version of settings.ini."
    for k,v in (('repository-code', cfg['git_url']), ('url', cfg['doc_host'] + cfg['doc_baseurl']), ('version', cfg['version'])):
        text = re.sub(rf'^{k}:.*$', f'{k}: {v}' if k != 'version' else f'{k}: "{v}"', text, flags=re.M)
    return text

def main():
    args = [a for a in sys.argv[1:] if a != '--check']
    nbs = [Path(a).resolve() for a in args] or sorted(f for f in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in f.parts)
    want = {nb:with_badge(nb) for nb in nbs}
    if not args: want[root/'CITATION.cff'] = citation((root/'CITATION.cff').read_text(encoding='utf-8'))
    off = [f for f,t in want.items() if f.read_text(encoding='utf-8') != t]
    for f in off:
        print(f"{f.relative_to(root)}: {'differs; run python tools/badges.py' if '--check' in sys.argv else 'written'}")
        if '--check' not in sys.argv: f.write_text(want[f], encoding='utf-8')
    if '--check' in sys.argv and off: sys.exit(1)
    print(f'{len(want)} files, {len(off)} ' + ('differ' if '--check' in sys.argv else 'written'))

if __name__ == '__main__': main()
