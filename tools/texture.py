"""Check how the notebooks read, and which way they import. Prints a line per notebook and each complaint; the exit status says whether there was one.

    python tools/texture.py                 everything
    python tools/texture.py NOTEBOOK ...    these notebooks alone"""
import ast, json, re, statistics, sys
from dataclasses import dataclass, field
from pathlib import Path

root = Path(__file__).resolve().parents[1]
package = 'retnet_forget'
most = dict(cells=110, exported_lines=600, cell_lines=40, median_lines=12, line_length=120)
least_shown, least_shown_each, most_private = .75, .60, .6

@dataclass
class Notebook:
    "What the checks ask of a notebook."
    name:str # Path from nbs/, without suffix
    cells:list # (type, source), in order
    exported:list = field(init=False) # Numbers of the exported cells
    module:str|None = field(init=False) # What it exports to: 'parts.linear'

    def __post_init__(self):
        self.exported = [i for i,(kind,s) in enumerate(self.cells) if kind == 'code' and re.match(r'#\s*\|\s*exports?\b', s.lstrip())]
        names = [re.match(r'#\s*\|\s*default_exp\s+(\S+)', s) for _,s in self.cells]
        self.module = next((m[1] for m in names if m), None)

    def source(self, i): return self.cells[i][1]
    def lines(self): return [l for i in self.exported for l in self.source(i).splitlines()]
    def runs(self, i): return i < len(self.cells) and self.cells[i][0] == 'code' and i not in self.exported
    def definitions(self): return [i for i in self.exported if re.search(r'^(def|class) |^@patch', self.source(i), re.M)]
    def shown(self): return [i for i in self.definitions() if self.runs(i+1) or self.runs(i+2)]

def read(path):
    "A notebook from its file."
    cells = json.loads(path.read_text(encoding='utf-8'))['cells']
    return Notebook(path.relative_to(root/'nbs').with_suffix('').as_posix(), [(c['cell_type'], ''.join(c['source'])) for c in cells])

def names(nb):
    "Private and public functions, classes and methods that a notebook exports."
    found = re.findall(r'^(?: {4})?(?:def|class) (\w+)', '\n'.join(nb.lines()), re.M)
    found = [n for n in found if not n.startswith('__')]
    return [n for n in found if n.startswith('_')], [n for n in found if not n.startswith('_')]

def imports(source):
    "(module of this package, name) for each import in a cell."
    try: tree = ast.parse(re.sub(r'^\s*[!%].*$', '', source, flags=re.M))
    except SyntaxError: return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or '').split('.')[0] == package:
            inside = node.module.partition('.')[2]
            for a in node.names:
                if a.name != '__version__': yield (inside, a.name) if inside else (a.name, '')
        if isinstance(node, ast.Import):
            for a in node.names:
                if a.name.startswith(package + '.'): yield a.name.partition('.')[2], ''

def check_layers(nb, chapters):
    "Parts import parts, chapters import parts and chapters to their left; nobody imports a private name."
    for i,(kind,s) in enumerate(nb.cells):
        for module,name in imports(s) if kind == 'code' else ():
            if name.startswith('_'): yield f'cell {i}: {name} of {module} is private; make it public or inline it'
            if i not in nb.exported or module not in chapters or module == nb.module: continue
            if nb.module not in chapters: yield f'cell {i}: a part imports the chapter {module}; take it as an argument, or move it to a part'
            elif chapters.index(module) >= chapters.index(nb.module): yield f'cell {i}: {module} is not to the left of {nb.module}'

def check_texture(nb):
    "The bounds of one notebook."
    sizes = [len(nb.source(i).splitlines()) for i in nb.exported]
    if len(nb.cells) > most['cells'] and '/' not in nb.name: yield f"{len(nb.cells)} cells, {most['cells']} at most: split it"
    if len(nb.lines()) > most['exported_lines']: yield f"{len(nb.lines())} exported lines, {most['exported_lines']} at most: split it"
    if statistics.median_low(sizes) > most['median_lines']: yield f"exported cells of {statistics.median_low(sizes):.0f} lines (median), {most['median_lines']} at most"
    for i,n in zip(nb.exported, sizes):
        if n > most['cell_lines']: yield f"cell {i}: {n} exported lines, {most['cell_lines']} at most"
    longest = {i: max(map(len, nb.source(i).splitlines())) for i in nb.exported}
    long = ', '.join(f'{n} in cell {i}' for i,n in longest.items() if n > most['line_length'])
    if long: yield f"lines of more than {most['line_length']} characters: {long}"
    hidden = sorted(set(nb.definitions()) - set(nb.shown()))
    if len(nb.shown()) < least_shown_each*len(nb.definitions()):
        yield f'{len(hidden)} of {len(nb.definitions())} exported functions are not run within two cells: cells {hidden}'

def check_whole(nbs):
    "The bounds of all notebooks together."
    functions,shown = (sum(len(f(nb)) for nb in nbs) for f in (Notebook.definitions, Notebook.shown))
    if shown < least_shown*functions: yield f'{shown} of {functions} exported functions are run within two cells, {least_shown:.0%} at least'
    private,public = (sum(len(names(nb)[k]) for nb in nbs) for k in (0, 1))
    if private > most_private*public: yield f'{private} private and {public} public functions, {most_private} private to a public one at most'

def row(nb):
    "A notebook in one line."
    sizes = [len(nb.source(i).splitlines()) for i in nb.exported]
    private,public = map(len, names(nb))
    shown = len(nb.shown())/max(1, len(nb.definitions()))
    size = f'{len(nb.cells):5} {len(nb.lines()):9} {statistics.median_low(sizes):7.0f} {max(sizes):5}'
    return f'{nb.name:22} {size} {shown:6.0%} {private:8} {public:7}'

def main():
    files = sorted((root/'nbs').rglob('*.ipynb'))
    every = [read(f) for f in files if '.ipynb_checkpoints' not in f.parts]
    chapters = [nb.module for nb in every if nb.module and '/' not in nb.name]
    asked = [Path(a).resolve().relative_to(root/'nbs').with_suffix('').as_posix() for a in sys.argv[1:]]
    nbs = [nb for nb in every if not asked or nb.name in asked]
    told = [nb for nb in nbs if nb.module and nb.exported]
    print('notebook               cells  exported  median  most  shown  private  public', *map(row, told), sep='\n')
    bad = [f'nbs/{nb.name}.ipynb: {b}' for nb in nbs for b in check_layers(nb, chapters)]
    bad += [f'nbs/{nb.name}.ipynb: {b}' for nb in told for b in check_texture(nb)]
    if not asked: bad += check_whole(told)
    print(*bad, f"{len(nbs)} notebooks: {'in order' if not bad else f'{len(bad)} complaints'}", sep='\n')
    sys.exit(bool(bad))

if __name__ == '__main__': main()
