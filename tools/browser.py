#!/usr/bin/env python3
"""browser.py PAGE.html [--runs RUN ...] [--shots DIR]: open a report in headless Chromium as its readers do, and fail on what is wrong.

At phone and desktop width, in light and dark: no overflow, no console error, no request, images that load, tables that sort and filter.
In the explorer: heads chosen by mouse, by touch and by keyboard, positions, values, facts in between and lags switched; each time the numbers
shown and the heights drawn are compared with probes.parquet of the run (RUN; the page's own folder if it has one). On paper and without
JavaScript the page is all there. Standard library; pandas to read probes.parquet."""
import argparse, base64, json, os, re, shutil, socket, struct, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path

flags = '''--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync
    --hide-scrollbars --remote-debugging-port=0'''.split()

class Devtools:
    "A websocket to one page of the browser: enough of RFC 6455 to speak Chromium's protocol."
    def __init__(self, url):
        host, port, path = re.match(r'ws://([^:/]+):(\d+)(/.*)', url).groups()
        self.s, self.n, self.events = socket.create_connection((host, int(port)), timeout=60), 0, []
        key = base64.b64encode(os.urandom(16)).decode()
        self.s.sendall(f'GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n'.encode())
        while not (head := getattr(self, 'head', b'')).endswith(b'\r\n\r\n'): self.head = head + self._take(1)

    def _take(self, n):
        b = b''
        while len(b) < n:
            if not (part := self.s.recv(n - len(b))): raise ConnectionError('browser.py: Chromium closed the connection')
            b += part
        return b

    def _message(self):
        out, fin = b'', False
        while not fin:
            a, n = self._take(2)
            fin, n = a & 128, n & 127
            if n > 125: n = struct.unpack('>H', self._take(2))[0] if n == 126 else struct.unpack('>Q', self._take(8))[0]
            out += self._take(n)
        return json.loads(out)

    def __call__(self, method, **params):
        self.n += 1
        data, mask = json.dumps(dict(id=self.n, method=method, params=params)).encode(), os.urandom(4)
        size = bytes([128 | len(data)]) if len(data) < 126 else bytes([254]) + struct.pack('>H', len(data))
        self.s.sendall(b'\x81' + size + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(data)))
        while (m := self._message()).get('id') != self.n: self.events.append(m)
        if 'error' in m: raise RuntimeError(f"browser.py: {method}: {m['error']}")
        return m['result']

    def wait(self, method):
        while not any(e.get('method') == method for e in self.events): self.events.append(self._message())

def errors(events, page):
    "What went wrong by the page's own account, and what it asked of anybody else."
    for e in events:
        m, p = e.get('method'), e.get('params', {})
        if m == 'Runtime.exceptionThrown': yield p['exceptionDetails'].get('text', 'exception') + ' ' + p['exceptionDetails'].get('exception', {}).get('description', '')
        if m == 'Runtime.consoleAPICalled' and p['type'] in ('error', 'assert', 'warning'): yield 'console: ' + str([a.get('value') for a in p['args']])
        if m == 'Log.entryAdded' and p['entry']['level'] == 'error': yield 'log: ' + p['entry']['text']
        if m == 'Network.requestWillBeSent' and p['request']['url'].split('#')[0] != page and not p['request']['url'].startswith('data:'):
            yield 'asked the network for ' + p['request']['url'][:80]

class Page:
    "A page in a window of some size, and the hands and eyes of a reader."
    def __init__(self, port, path, width=1280, height=900, dark=False, scripts=True):
        req = urllib.request.Request(f'http://127.0.0.1:{port}/json/new?about:blank', method='PUT')
        self.b, self.url, self.bad = Devtools(json.load(urllib.request.urlopen(req))['webSocketDebuggerUrl']), Path(path).resolve().as_uri(), []
        for d in ('Runtime', 'Log', 'Page', 'Network', 'Accessibility'): self.b(d + '.enable')
        self.b('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.b('Emulation.setTouchEmulationEnabled', enabled=width < 600)
        self.media(dark=dark)
        if not scripts: self.b('Emulation.setScriptExecutionDisabled', value=True)
        self.b('Page.navigate', url=self.url); self.b.wait('Page.loadEventFired')

    def media(self, kind='', dark=False):
        self.b('Emulation.setEmulatedMedia', media=kind, features=[dict(name='prefers-color-scheme', value='dark' if dark else 'light')])

    def __call__(self, expression):
        "The value of an expression of JavaScript."
        r = self.b('Runtime.evaluate', expression=f'(async () => JSON.stringify(await ({expression})))()', awaitPromise=True)
        if 'exceptionDetails' in r: sys.exit(f"browser.py: {list(errors(self.b.events, self.url))} {r['exceptionDetails'].get('exception', {}).get('description')} in {expression[:200]}")
        return json.loads(r['result'].get('value') or 'null')

    def check(self, fine, complaint):
        if not fine: self.bad.append(complaint)

    def at(self, selector):
        "The middle of an element, scrolled into view."
        return self(f"""(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});
            const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] }})()""")

    def point(self, selector, press=False):
        x, y = self.at(selector)
        for kind in ['mouseMoved'] + ['mousePressed', 'mouseReleased'] * press:
            self.b('Input.dispatchMouseEvent', type=kind, x=x, y=y, button='left' if kind != 'mouseMoved' else 'none', clickCount=int(kind != 'mouseMoved'))

    def tap(self, selector):
        x, y = self.at(selector)
        self.b('Input.dispatchTouchEvent', type='touchStart', touchPoints=[dict(x=x, y=y)])
        self.b('Input.dispatchTouchEvent', type='touchEnd', touchPoints=[])
        time.sleep(.4)

    def key(self, key, code=0):
        code = code or dict(ArrowLeft=37, ArrowUp=38, ArrowRight=39, ArrowDown=40, Home=36, End=35, Enter=13, Escape=27, Tab=9)[key]
        for kind in ('rawKeyDown', 'keyUp'): self.b('Input.dispatchKeyEvent', type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def shot(self, shots, name):
        if not shots: return
        data = self.b('Page.captureScreenshot', format='png', captureBeyondViewport=True)['data']
        Path(shots, f'{name}.png').write_bytes(base64.b64decode(data))

    def done(self, what):
        self.bad += list(errors(self.b.events, self.url))
        print(f"  {what}: {'; '.join(self.bad) or 'in order'}")
        self.b('Page.close')
        return self.bad

# ---- Layout and tables

layout = """(async () => { await Promise.all([...document.images].map(i => i.decode().catch(() => 0)));
  const W = document.documentElement.clientWidth, inside = e => e.closest('.scroll, pre');
  const wide = [...document.body.querySelectorAll('*')].filter(e => !inside(e) && e.getBoundingClientRect().right > W + 1).map(e => e.tagName + '.' + e.className);
  return {width: W, scroll: document.documentElement.scrollWidth, wide: [...new Set(wide)].slice(0, 5), images: document.images.length,
    broken: [...document.images].filter(i => !i.naturalWidth).length, no_alt: [...document.images].filter(i => !i.alt).length}})()"""

sorts = """(() => { const ordered = (v, sign) => v.every((x, j) => !j || isNaN(x) || (sign > 0 ? v[j-1] <= x : v[j-1] >= x));
  const sorts = b => ['ascending', 'descending'].every((way, down) => { b.click(); const th = b.parentNode, rows = [...th.closest('table').tBodies[0].rows];
    return th.getAttribute('aria-sort') == way && ordered(rows.map(r => parseFloat(r.cells[th.cellIndex].dataset.v)), down ? -1 : 1) });
  const heads = [...document.querySelectorAll('th button')];
  return {heads: heads.length, stuck: heads.filter(b => !sorts(b)).map(b => b.textContent)}})()"""

def check_layout(p):
    r = p(layout)
    p.check(r['scroll'] <= r['width'] and not r['wide'], f"wider than the window ({r['scroll']} > {r['width']} px): {r['wide']}")
    for k, say in (('broken', 'did not load'), ('no_alt', 'have no alt text')): p.check(not r[k], f'{r[k]} images {say}')

def check_names(p):
    "All that one can act on has a name for a screen reader."
    acting = {'button', 'slider', 'combobox', 'radio', 'searchbox', 'gridcell', 'grid', 'link', 'DisclosureTriangle'}
    nodes = [n for n in p.b('Accessibility.getFullAXTree')['nodes'] if not n.get('ignored') and n.get('role', {}).get('value') in acting]
    p.check(nodes, 'nothing to act on')
    nameless = [n['role']['value'] for n in nodes if not n.get('name', {}).get('value')]
    p.check(not nameless, f'without a name: {sorted(set(nameless))}')

def check_tables(p):
    r = p(sorts)
    p.check(r['heads'] and not r['stuck'], f"these headings do not sort their table both ways: {r['stuck']}")

# the longest table that has a column `layer`: its filter, what it shows, and what it should
filtered = """((text) => { const inputs = [...document.querySelectorAll('input[type=search]')];
  const input = inputs.find(i => i.getAttribute('aria-label').includes('table curve')); if (!input) return null;
  for (const d of document.querySelectorAll('details')) d.open = true;
  input.focus(); input.value = ''; input.select(); window.filtering = input; return true })()"""
shown = """(() => { const scroll = window.filtering.closest('.filter').nextElementSibling, titles = [...scroll.querySelectorAll('th')].map(t => t.textContent);
  const of = (row, t) => parseFloat(row.cells[titles.indexOf(t)].dataset.v), rows = [...scroll.querySelector('tbody').rows];
  return {said: window.filtering.closest('.filter').querySelector('output').textContent, all: rows.map(r => [of(r, 'layer'), of(r, 'lag'), !r.hidden])}})()"""

def check_filter(p):
    "Typing `layer=… lag>…` leaves the rows that it should."
    if not p(filtered): return
    rows = p(shown)['all']
    layer, lag = rows[0][0], min(l for _, l, _ in rows)
    p.b('Input.insertText', text=f'layer={layer:.0f} lag>{lag:.0f}')
    r = p(shown)
    want = [x == layer and l > lag for x, l, _ in r['all']]
    p.check(want == [seen for _, _, seen in r['all']] and r['said'] == f'{sum(want)} of {len(want)} rows', f"the filter layer={layer} lag>{lag} left {r['said']}")

# ---- The explorer against the probe table

def truth_of(run):
    "Accuracy, bits and texts of every point of every curve, from a run's probe table by no code of the report."
    import pandas as pd
    d = pd.read_parquet(Path(run, 'probes.parquet'))
    d = d[(d.digit.astype(str) != 'number') & (d['head'] >= 0)]
    where = d.position.where(d.what == 'state', d.what + ' at ' + d.position)
    whole = (d.n_intervening == d.n_intervening.round()).all()
    d = d.assign(where=where, between=d.n_intervening.astype(int) if whole else -1)
    g = d.groupby(['where', 'between', 'layer', 'head', 'lag'])
    table = pd.DataFrame(dict(accuracy=g.accuracy.mean(), bits=g.bits.sum(), n=g.n.min()))
    return dict(zip(table.index, table.to_dict('records')))

seen = """(() => { const q = (s, e = document) => [...e.querySelectorAll('#explorer ' + s)];
  const chosen = name => { const e = q(`[name=${name}]`).find(e => e.type !== 'radio' || e.checked); return e ? e.value : null };
  const rows = q('.numbers tbody tr').map(r => [...r.cells].map(c => parseFloat(c.dataset.v)));
  const titles = q('.numbers th').map(t => t.textContent), grid = q('.curve .grid').map(g => parseFloat(g.getAttribute('y1')));
  const dots = q('.curve svg circle[r="4"]').map(c => ({y: parseFloat(c.getAttribute('cy')), x: parseFloat(c.nextElementSibling.dataset.x), tip: c.nextElementSibling.dataset.tip}));
  const cell = q('[role=gridcell][aria-selected=true]');
  return {rows, titles, dots, bottom: grid[0], top: grid[grid.length - 1], high: parseFloat(q('.curve .grid + text').pop().textContent), cells: cell.length,
    layer: cell[0].dataset.layer, head: cell[0].dataset.head, label: cell[0].getAttribute('aria-label'), at: ['layer', 'head'].map(chosen),
    value: chosen('value') || 'accuracy', where: chosen('where'), between: chosen('between'), lag: chosen('lag'), run: chosen('run')}})()"""

def check_numbers(p, truths, after):
    "The numbers listed, the heights drawn and the label of the map's cell are those of the head that is chosen."
    s = p(seen)
    data = json.loads(p("document.getElementById('explored').textContent"))
    i = int(s['run'] or 0)
    columns = data[i]['points']['columns']
    def only(name): c = columns[name]; return c['words'][0] if isinstance(c, dict) else c[0] if isinstance(c, list) else c
    where, between = s['where'] or only('where'), int(s['between'] if s['between'] is not None else only('between'))
    layer, head = int(s['layer']), int(s['head'])
    want = {lag: r for (w, b, l, h, lag), r in truths[i].items() if (w, b, l, h) == (where, between, layer, head)}
    said = f"after {after}, layer {layer}, head {head}, {where}, {between} between, {s['value']}"
    p.check(s['cells'] == 1 and s['at'] == [s['layer'], s['head']], f'{said}: {s["cells"]} cells chosen, lists say {s["at"]}')
    got = {int(r[0]): dict(zip(s['titles'], r)) for r in s['rows']}
    p.check(want and sorted(got) == sorted(want), f'{said}: lags {sorted(got)} listed, {sorted(want)} measured')
    near = lambda a, b: abs(a - b) <= 6e-4 * max(1, abs(b))
    for lag in set(got) & set(want):
        for c in ('accuracy', 'bits'):
            if c in got[lag]: p.check(near(got[lag][c], want[lag][c]), f'{said}: {c} {got[lag][c]} listed at lag {lag}, {want[lag][c]:.4f} measured')
        p.check(got[lag]['texts'] == want[lag]['n'], f"{said}: {got[lag]['texts']} texts at lag {lag}, {want[lag]['n']} measured")
    p.check(len(s['dots']) == len(want), f"{said}: {len(s['dots'])} marks for {len(want)} lags")
    for d in s['dots']:
        drawn = (s['bottom'] - d['y']) / (s['bottom'] - s['top']) * s['high']
        due = want.get(d['x'], {}).get(s['value'], 1e9)
        p.check(abs(drawn - due) < .006 * max(1, s['high']), f"{said}: drawn at {drawn:.3f} for {due:.3f} at lag {d['x']}")
        p.check(f"lag {d['x']:.0f}: {s['value']}" in d['tip'] and 'texts' in d['tip'], f"{said}: the mark says {d['tip']}")
    p.check(s['label'].startswith(f'layer {layer}, head {head}, '), f"{said}: the cell says {s['label']}")
    return s

def options(p, name):
    return p(f"""(() => {{ const e = [...document.querySelectorAll('#explorer [name={name}]')];
        return e.length && e[0].tagName == 'SELECT' ? [...e[0].options].map(o => o.value) : e.map(x => x.value) }})()""")

def pick(p, name, value):
    p(f"""(() => {{ const e = [...document.querySelectorAll('#explorer [name={name}]')];
        if (e[0].tagName == 'SELECT') {{ e[0].value = {json.dumps(value)}; e[0].dispatchEvent(new Event('change')) }}
        else e.find(x => x.value == {json.dumps(value)}).click() }})()""")

def cell(layer, head): return f'[role=gridcell][data-layer="{layer}"][data-head="{head}"]'

def check_explorer(p, truths):
    "Heads by mouse and by keyboard, and every choice that there is."
    s = check_numbers(p, truths, 'opening')
    layers, heads = options(p, 'layer'), options(p, 'head')
    p.point(cell(layers[0], heads[0]), press=True)
    s = check_numbers(p, truths, 'a click')
    p.check([s['layer'], s['head']] == [layers[0], heads[0]], f"a click on {layers[0]}.{heads[0]} chose {s['layer']}.{s['head']}")
    for key, want in (('End', [layers[0], heads[-1]]), ('Home', [layers[0], heads[0]]), ('ArrowRight', [layers[0], heads[min(1, len(heads)-1)]]),
                      ('ArrowDown', [layers[min(1, len(layers)-1)], heads[min(1, len(heads)-1)]]), ('ArrowLeft', [layers[min(1, len(layers)-1)], heads[0]]),
                      ('ArrowUp', [layers[0], heads[0]]), ('ArrowUp', [layers[0], heads[0]])):
        p.key(key)
        s = check_numbers(p, truths, key)
        p.check([s['layer'], s['head']] == want, f"{key} led to {s['layer']}.{s['head']} and not to {want}")
        p.check(p("document.activeElement.getAttribute('aria-selected')") == 'true', f'after {key} the chosen cell has no focus')
    p.check(p("document.querySelectorAll('[role=gridcell][tabindex=\"0\"]').length") == 1, 'the map is not one stop of the Tab key')
    before = p("document.querySelectorAll('.curve .line').length")
    p.key('Enter'); p.key('End')
    p.check(len(heads) == 1 or p("document.querySelectorAll('.curve .line').length") == before + 1, 'Enter did not keep the curve')
    for name in ('value', 'where', 'between', 'lag', 'run'):
        for value in options(p, name):
            pick(p, name, value)
            s = check_numbers(p, truths, f'{name} {value}')
            p.check(s[name] == value, f'{name} is {s[name]} after choosing {value}')
    for colour in options(p, 'colour'):
        pick(p, 'colour', colour)
        p.check(p("document.querySelectorAll('.map [role=gridcell]').length") == len(options(p, 'layer')) * len(options(p, 'head')), f'colours by {colour}: cells are missing')
    pick(p, 'layer', layers[-1]); check_numbers(p, truths, 'the list of layers')
    p("document.querySelector('.curve').focus()"); p.key('Home')
    p.check(p("document.querySelector('.curve').getAttribute('aria-valuenow')") == str(min(int(x) for x in options(p, 'lag') or [p("document.querySelector('.curve').getAttribute('aria-valuenow')")])), 'Home in the curve did not go to the first lag')
    p.check(p("document.activeElement.className") == 'curve', 'the curve lost the focus')
    p.point('.curve .hit:last-of-type')
    tip = p("(e => e.hidden ? '' : e.textContent)(document.querySelector('.tip'))")
    p.check('texts' in tip and '[' in tip, f'pointing at a mark says {tip!r}')
    p.key('Escape')
    p.check(p("document.querySelector('.tip').hidden"), 'Escape does not hide what stands at a mark')

# ---- Readers

def desktop(port, page, truths, shots):
    p = Page(port, page)
    check_layout(p); check_names(p)
    p.shot(shots, f'{Path(page).stem}-1280')
    if truths: check_explorer(p, truths)
    p.shot(shots, f'{Path(page).stem}-1280-explored')
    check_tables(p); check_filter(p); check_layout(p)
    return p.done('1280 px, light')

def phone(port, page, truths, shots):
    p = Page(port, page, 360, 740)
    check_layout(p)
    p.shot(shots, f'{Path(page).stem}-360')
    if truths:
        layers, heads = options(p, 'layer'), options(p, 'head')
        p.tap(cell(layers[-1], heads[0]))
        s = check_numbers(p, truths, 'a tap')
        p.check([s['layer'], s['head']] == [layers[-1], heads[0]], f"a tap on {layers[-1]}.{heads[0]} chose {s['layer']}.{s['head']}")
    check_layout(p); check_tables(p)
    return p.done('360 px, touch')

def dark(port, page, truths, shots):
    p = Page(port, page, dark=True)
    light = p("(c => c.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 765)(getComputedStyle(document.body).backgroundColor)")
    ink = p("(c => c.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 765)(getComputedStyle(document.body).color)")
    p.check(light < .2 and ink > .7, f'in the dark the paper has {light:.2f} of white and the ink {ink:.2f}')
    check_layout(p)
    p.shot(shots, f'{Path(page).stem}-dark')
    return p.done('1280 px, dark')

def paper(port, page, truths, shots):
    p = Page(port, page)
    if p(filtered): p.b('Input.insertText', text='layer=nothing')
    p.media('print')
    hidden = p("[...document.querySelectorAll('#explorer, .filter')].filter(e => getComputedStyle(e).display != 'none').length")
    p.check(not hidden, f'{hidden} things to click on are printed')
    p.check(p("[...document.querySelectorAll('tbody tr[hidden]')].every(e => getComputedStyle(e).display == 'table-row')"), 'a filter takes rows off the paper')
    pdf = base64.b64decode(p.b('Page.printToPDF')['data'])
    p.check(pdf.startswith(b'%PDF') and len(pdf) > 20000, f'a PDF of {len(pdf)} bytes')
    if shots: Path(shots, f'{Path(page).stem}.pdf').write_bytes(pdf)
    return p.done(f'on paper ({len(re.findall(rb"/Type ?/Page[^s]", pdf))} pages)')

def without_scripts(port, page, truths, shots):
    p = Page(port, page, scripts=False)
    time.sleep(.5)
    p.check(p("document.querySelector('#explorer') === null || getComputedStyle(document.querySelector('#explorer')).display == 'none'"), 'an empty explorer is shown')
    p.check(p("document.images.length && [...document.images].every(i => i.naturalWidth)"), 'figures are missing')
    p.check(p("document.querySelectorAll('tbody tr').length") > 0, 'tables are missing')
    p.shot(shots, f'{Path(page).stem}-plain')
    return p.done('without JavaScript')

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('page'); ap.add_argument('--shots', help='folder for screenshots')
    ap.add_argument('--runs', nargs='+', help="folders of the runs that the page shows, in its order; else the page's own folder")
    a = ap.parse_args()
    exe = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
    if not Path(a.page).exists(): sys.exit(f'browser.py: there is no {a.page}')
    if not exe: sys.exit('browser.py: there is no chromium; install it with apt-get install chromium')
    runs = a.runs or [f for f in [Path(a.page).parent] if (f/'probes.parquet').exists()]
    truths, size = [truth_of(r) for r in runs], Path(a.page).stat().st_size/1e6
    print(f'{Path(a.page).name}: {size:.1f} MB, {len(truths)} probe tables to compare with')
    bad = [f'{size:.1f} MB are too many'] if size > 5 else []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        p = subprocess.Popen([exe, *flags, f'--user-data-dir={profile}', 'about:blank'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            f = Path(profile, 'DevToolsActivePort')
            for _ in range(300):
                if f.exists() and f.read_text().count('\n'): break
                time.sleep(.1)
            else: sys.exit('browser.py: Chromium did not start within 30 s')
            port = int(f.read_text().split()[0])
            for look in (desktop, phone, dark, paper, without_scripts): bad += look(port, a.page, truths, a.shots)
        finally: p.terminate(); p.wait(10)
    sys.exit(1 if bad else 0)

if __name__ == '__main__': main()
