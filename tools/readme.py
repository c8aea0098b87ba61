"Make README.md from nbs/index.ipynb with nbdev's own processing and nbconvert (nbdev_readme would need the Quarto program)."
import re, sys
from pathlib import Path
import nbformat
from execnb.nbio import nb2str
from nbconvert import MarkdownExporter
from nbdev.process import NBProcessor
from nbdev.processors import FrontmatterProc, filter_stream_, hide_, hide_line, rm_export, strip_ansi

root = Path(__file__).resolve().parents[1]

def readme()->str:
    "The front page as GitHub shows it."
    p = NBProcessor(root/'nbs/index.ipynb', procs=[FrontmatterProc, strip_ansi, hide_line, filter_stream_, rm_export, hide_], rm_directives=True)
    p.process()
    nb = nbformat.reads(nb2str(p.nb), as_version=4)
    nb.cells = [c for c in nb.cells if c.cell_type != 'raw']
    nb.metadata.language_info = dict(name='python')                       # so that code is shown as Python
    md = MarkdownExporter().from_notebook_node(nb)[0]
    md = re.sub(r'\]\(images/', '](nbs/images/', md)                      # the page lies one folder up
    md = re.sub(r'\]\(([\w/]+)\.ipynb\)', r'](nbs/\1.ipynb)', md)
    title = p.nb.frontmatter_.get('title', 'retnet_forget')
    note = '<!-- WARNING: made from nbs/index.ipynb by tools/readme.py. Do not edit. -->'
    return f'# {title}\n\n{note}\n\n' + re.sub(r'\n{3,}', '\n\n', md).strip() + '\n'

if __name__ == '__main__':
    file, new = root/'README.md', readme()
    if '--check' in sys.argv[1:]:
        if file.read_text() != new: sys.exit('README.md differs from nbs/index.ipynb: run python tools/readme.py and commit it')
    else: file.write_text(new)
