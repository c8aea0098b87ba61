#!/usr/bin/env python3
"""Open the widget of a trajectory in headless Chromium, move its slider by the keyboard, choose heads and measures, and compare every number that
it shows with the trajectory's table. As a page of its own and in the frame that a notebook shows.

    python tools/widget.py [--shots DIR]"""
import argparse, base64, html, json, shutil, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
from browser import Devtools, errors, flags
import numpy as np
from retnet_forget.analysis import trajectory
from retnet_forget.load import load_model
from retnet_forget.dataset import RecallSpec, make_recall_dataset
from retnet_forget.probes import fit_probes, pair_states

told = 'The ID of Alice is 482. The old farmer crosses the river, and Thomas, who never was in Zanzibar, paints a boat. The ID of Alice is'

def example(folder):
    "A trajectory of the packaged model with a probe of all lags."
    model,tok = load_model('tiny', device='cpu')
    df = make_recall_dataset(tok, RecallSpec(n=300, lags=(10, 30)), progress=False)
    store = pair_states(model, df, folder/'states.h5', positions=['before_query'], progress=False)
    fit_probes(store, pooled=True, weights=folder/'probes.safetensors', progress=False)
    return trajectory(model, told, folder/'probes.safetensors', write='482')

class Page:
    "A page in the browser."
    def __init__(self, port, path, width):
        req = urllib.request.Request(f'http://127.0.0.1:{port}/json/new?about:blank', method='PUT')
        self.b = Devtools(json.load(urllib.request.urlopen(req))['webSocketDebuggerUrl'])
        for d in ('Runtime', 'Log', 'Page'): self.b(d + '.enable')
        self.b('Emulation.setDeviceMetricsOverride', width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.b('Page.navigate', url=path.resolve().as_uri()); self.b.wait('Page.loadEventFired')
        self('document.querySelector("iframe")?.contentDocument.readyState')

    def __call__(self, js):
        "The value of an expression; `doc` is the widget's own document."
        get = f'(() => {{ const doc = document.querySelector("iframe")?.contentDocument || document; return {js} }})()'
        r = self.b('Runtime.evaluate', expression=get, returnByValue=True)
        if 'exceptionDetails' in r: sys.exit(f"widget.py: {js}: {r['exceptionDetails']}")
        return r['result'].get('value')

    def press(self, key, code):
        "A key, as somebody presses it."
        for kind in ('keyDown', 'keyUp'): self.b('Input.dispatchKeyEvent', type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def shot(self, path):
        "A picture of the page."
        path.write_bytes(base64.b64decode(self.b('Page.captureScreenshot', format='png', captureBeyondViewport=True)['data']))

def wrong(page, tr, heads, token):
    "What the widget shows after a token other than the table has it."
    cells = page('[...doc.querySelectorAll("#heads tbody tr")].map(tr => [...tr.cells].map(c => c.textContent))')
    measures = tr.measures()
    for row,(l,h) in zip(cells, heads):
        at = token, tr.layers.index(l), tr.heads.index(h)
        if row[0] != f'layer {l}, head {h}': yield f'row of {row[0]} in place of layer {l}, head {h}'
        for (name,x),text in zip(measures.items(), row[1:]):
            want = x[at]
            off = abs(float(text)-want) if text != '–' else 0
            fits = text == '–' if np.isnan(want) else text != '–' and off <= (.00051 if name.startswith(('prob', 'what')) else .006*abs(want))
            if not fits: yield f'{name} of layer {l}, head {h} after token {token}: {text}, and it is {want}'
        if row[-1] != tr.said()[0][at]: yield f'likeliest value {row[-1]}, and it is {tr.said()[0][at]}'
    if len(cells) != len(heads): yield f'{len(cells)} rows for {len(heads)} heads'

def wrong_values(page, tr, head, token):
    "What the widget shows of each value's probability other than the trajectory has it."
    cells = page('[...doc.querySelectorAll("#values tbody tr")].map(tr => [...tr.cells].map(c => parseInt(c.textContent)))')
    want = tr.chances[token,tr.layers.index(head[0]),tr.heads.index(head[1])].T                # [values, columns]
    got = np.array(cells)[:,1:]/100
    if got.shape != want.shape or abs(got-want).max() > .0051: yield f'probabilities of head {head} after token {token} differ'

def tour(page, tr, heads):
    "Move, choose, compare; yields complaints."
    start = tr.write
    yield from wrong(page, tr, heads, start)
    page('doc.getElementById("at").focus()')
    for steps,(key,code) in ((3, ('ArrowRight', 39)), (2, ('ArrowLeft', 37)), (1, ('Home', 36)), (1, ('End', 35))):
        for _ in range(steps): page.press(key, code)
        time.sleep(.1)
        now = page('+doc.getElementById("at").value')
        want = dict(ArrowRight=start+3, ArrowLeft=start+1, Home=0, End=len(tr)-1)[key]
        if now != want: yield f'{steps} × {key} leads to token {now}, not to {want}'
        yield from wrong(page, tr, heads, now)
        yield from wrong_values(page, tr, heads[0], now)
    page('doc.querySelectorAll("#text span")[4].click()')
    yield from wrong(page, tr, heads, 4)
    page('doc.querySelectorAll("#heads tbody button")[5].click()')
    yield from wrong_values(page, tr, heads[5], 4)
    page('(() => { const s = doc.getElementById("measure"); s.selectedIndex = 1; s.dispatchEvent(new Event("change")) })()')
    page(f'doc.querySelectorAll("#text span")[{start+2}].click()')
    colours = page('[...doc.querySelectorAll("#text span")].map(s => +(s.style.background.match(/[\\d.]+(?=\\))/) || [0])[0])')
    want = np.nan_to_num(list(tr.measures().values())[1][:,tr.layers.index(heads[5][0]),tr.heads.index(heads[5][1])])
    if abs(np.array(colours)-want).max() > .002: yield f'the text is not coloured by what is left in head {heads[5]}'
    if page('doc.documentElement.scrollWidth > doc.documentElement.clientWidth'): yield 'wider than the window'
    if page('doc.getElementById("text").textContent') != told: yield 'the text is not the one that was followed'

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--shots', help='folder for screenshots')
    shots = ap.parse_args().shots
    exe = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
    if not exe: sys.exit('widget.py: there is no chromium; install it with apt-get install chromium')
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as tmp:
        tmp = Path(tmp)
        tr = example(tmp)
        heads = [tuple(map(int, h.removeprefix('layer ').split(', head '))) for h in page_heads(tr)]
        tr.widget().save(tmp/'page.html')
        (tmp/'frame.html').write_text(f'<!doctype html><meta charset="utf-8"><title>notebook</title><link rel="icon" href="data:,">{tr._repr_html_()}', encoding='utf-8')
        p = subprocess.Popen([exe, *flags, f'--user-data-dir={tmp}/profile', 'about:blank'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            f = tmp/'profile/DevToolsActivePort'
            for _ in range(300):
                if f.exists() and f.read_text().count('\n'): break
                time.sleep(.1)
            else: sys.exit('widget.py: Chromium did not start within 30 s')
            bad = []
            for name,width in (('page', 1000), ('page', 360), ('frame', 1000)):
                page = Page(int(f.read_text().split()[0]), tmp/f'{name}.html', width)
                found = [*tour(page, tr, heads), *errors(page.b.events, (tmp/f'{name}.html').resolve().as_uri())]
                if shots: page.shot(Path(shots, f'widget-{name}-{width}.png'))
                print(f"widget, {name} at {width} px: {len(heads)} heads, {len(tr)} tokens: {'; '.join(found) or 'in order'}")
                bad += found
        finally: p.terminate(); p.wait(10)
    sys.exit(bool(bad))

def page_heads(tr):
    "Heads as the page lists them."
    text = tr.widget().page.split('<script type="application/json" id="data">')[1].split('</script>')[0]
    return json.loads(text)['heads']

if __name__ == '__main__': main()
