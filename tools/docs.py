"""Render the site as nbdev_docs does, dataclasses with what they say of their fields: fastcore has no source of a class that a notebook's cell made.

    python tools/docs.py     needs Quarto; writes _docs"""
import ast, inspect
import fastcore.docments as docments
import nbdev.quarto as quarto
from nbdev.config import get_config

def sources():
    "{(name, fields): source} of the package's classes."
    found = {}
    for f in get_config().lib_path.rglob('*.py'):
        text = f.read_text(encoding='utf-8')
        for c in ast.parse(text).body:
            if not isinstance(c, ast.ClassDef): continue
            fields = tuple(a.target.id for a in c.body if isinstance(a, ast.AnnAssign))
            found[c.name, fields] = '\n'.join(text.split('\n')[c.lineno-1:c.end_lineno])
    return found

def show_fields():
    "Let fastcore find the source of dataclasses that cells made, in the modules exported from them."
    known = sources()
    def source(s): return known.get((s.__name__, tuple(vars(s).get('__annotations__', ()))), '') if s.__module__ == '__main__' else inspect.getsource(s)
    docments.get_dataclass_source = source

if __name__ == '__main__':
    show_fields()
    quarto.nbdev_docs(n_workers=0) # (a worker process would not know of it)
