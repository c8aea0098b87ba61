#!/usr/bin/env python3
"""browser.py PAGE.html [--shots DIR]: open a page in headless Chromium at phone and desktop width and fail on horizontal
overflow, on a console error, on an image that did not load, or when a table is not sorted, up and down, by a click on any of its heads. Standard library only."""
import argparse, base64, json, os, re, shutil, socket, struct, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path

flags = '''--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync
    --hide-scrollbars --remote-debugging-port=0'''.split()
probe = '''(async () => { await Promise.all([...document.images].map(i => i.decode().catch(() => 0)));
  const W = document.documentElement.clientWidth, inside = e => e.closest('.scroll, pre');
  const wide = [...document.body.querySelectorAll('*')].filter(e => !inside(e) && e.getBoundingClientRect().right > W + 1).map(e => e.tagName + '.' + e.className);
  const ordered = (v, sign) => v.every((x, j) => !j || isNaN(x) || (sign > 0 ? v[j-1] <= x : v[j-1] >= x));
  const sorts = b => ['ascending', 'descending'].every((way, down) => { b.click(); const th = b.parentNode, rows = [...th.closest('table').tBodies[0].rows];
    return th.getAttribute('aria-sort') == way && ordered(rows.map(r => parseFloat(r.cells[th.cellIndex].dataset.v)), down ? -1 : 1) });
  const heads = [...document.querySelectorAll('th button')], stuck = heads.filter(b => !sorts(b)).map(b => b.textContent);
  return JSON.stringify({width: W, scroll: document.documentElement.scrollWidth, wide: [...new Set(wide)].slice(0, 5), images: document.images.length, tables: document.querySelectorAll('table').length,
    broken: [...document.images].filter(i => !i.naturalWidth).length, no_alt: [...document.images].filter(i => !i.alt).length, heads: heads.length, stuck: stuck}) })()'''

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

def errors(events):
    "What went wrong by the page's own account."
    for e in events:
        m, p = e.get('method'), e.get('params', {})
        if m == 'Runtime.exceptionThrown': yield p['exceptionDetails'].get('text', 'exception') + ' ' + p['exceptionDetails'].get('exception', {}).get('description', '')
        if m == 'Runtime.consoleAPICalled' and p['type'] in ('error', 'assert'): yield 'console: ' + str([a.get('value') for a in p['args']])
        if m == 'Log.entryAdded' and p['entry']['level'] == 'error': yield 'log: ' + p['entry']['text']

def look(port, page, width, height, shots):
    "One width: what the page says of itself, and the list of complaints."
    req = urllib.request.Request(f'http://127.0.0.1:{port}/json/new?about:blank', method='PUT')
    b = Devtools(json.load(urllib.request.urlopen(req))['webSocketDebuggerUrl'])
    for d in ('Runtime', 'Log', 'Page'): b(d + '.enable')
    b('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
    b('Page.navigate', url=Path(page).resolve().as_uri()); b.wait('Page.loadEventFired')
    r = json.loads(b('Runtime.evaluate', expression=probe, awaitPromise=True)['result']['value'])
    if shots:
        shot = b('Page.captureScreenshot', format='png', captureBeyondViewport=True)['data']
        Path(shots, f'{Path(page).stem}-{width}.png').write_bytes(base64.b64decode(shot))
    bad = list(errors(b.events))
    if r['scroll'] > r['width'] or r['wide']: bad.append(f"wider than the window ({r['scroll']} > {r['width']} px): {r['wide']}")
    bad += [f"{r[k]} images {say}" for k, say in (('broken', 'did not load'), ('no_alt', 'have no alt text')) if r[k]]
    if r['stuck']: bad.append(f"these headings do not sort their table both ways: {r['stuck']}")
    print(f"{Path(page).name} at {width} px: {r['images']} images, {r['tables']} tables, {r['heads']} headings clicked, {'; '.join(bad) or 'in order'}")
    return bad

def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('page'); ap.add_argument('--shots', help='folder for screenshots')
    a = ap.parse_args()
    exe = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
    if not Path(a.page).exists(): sys.exit(f'browser.py: there is no {a.page}')
    if not exe: sys.exit('browser.py: there is no chromium; install it with apt-get install chromium')
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        p = subprocess.Popen([exe, *flags, f'--user-data-dir={profile}', 'about:blank'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            f = Path(profile, 'DevToolsActivePort')
            for _ in range(300):
                if f.exists() and f.read_text().count('\n'): break
                time.sleep(.1)
            else: sys.exit('browser.py: Chromium did not start within 30 s')
            port = int(f.read_text().split()[0])
            bad = sum((look(port, a.page, w, h, a.shots) for w, h in ((360, 740), (1280, 900))), [])
        finally: p.terminate(); p.wait(10)
    sys.exit(1 if bad else 0)

if __name__ == '__main__': main()
