'use strict';
// What the report does once it is open: tables sort and filter, folds open on paper, and heads can be explored.
// All data are in the page and nothing is fetched. Without JavaScript the page shows its figures and tables.

// ---- Elements --------------------------------------------------------------------------------------------------

const html = 'http://www.w3.org/1999/xhtml', svg = 'http://www.w3.org/2000/svg';

function make(space, tag, attributes = {}, ...children) {
  const e = document.createElementNS(space, tag);
  for (const [k, v] of Object.entries(attributes)) {
    if (k.startsWith('on')) e[k] = v;
    else if (v !== null && v !== undefined && v !== false) e.setAttribute(k, v === true ? '' : v);
  }
  e.append(...children);
  return e;
}
const h = (tag, ...rest) => make(html, tag, ...rest);
const s = (tag, ...rest) => make(svg, tag, ...rest);

// ---- Tables ----------------------------------------------------------------------------------------------------

// What a cell is compared by: a number (∞ too), else its text in lower case; nothing for a cell without a value.
function value(text) {
  if (text === '') return null;
  return isNaN(text) ? text.toLowerCase() : Number(text);
}

// A click on a heading sorts its table. Cells without a value go last, both ways.
function sort(th) {
  const table = th.closest('table');
  const up = th.getAttribute('aria-sort') !== 'ascending', sign = up ? 1 : -1;
  table.querySelectorAll('th').forEach(x => x.removeAttribute('aria-sort'));
  th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  const key = row => value(row.cells[th.cellIndex].dataset.v);
  const rank = x => x === null ? 2 : typeof x === 'string' ? 1 : 0;
  const compare = (p, q) => {
    const a = key(p), b = key(q);
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    return sign * (a < b ? -1 : a > b ? 1 : 0);
  };
  table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
}

// One word of a filter: `layer=2`, `lag>100` ask a column; any other word has to stand in some cell.
const signs = {'=': (a, b) => a === b, '<': (a, b) => a < b, '>': (a, b) => a > b,
               '<=': (a, b) => a <= b, '>=': (a, b) => a >= b};

function asks(word, titles) {
  const [, name, sign, wanted] = word.match(/^([^<>=]+)(<=|>=|=|<|>)(.+)$/) || [];
  const column = name ? titles.findIndex(t => t.toLowerCase().replace(/\s/g, '').startsWith(name)) : -1;
  if (column < 0) return row => [...row.cells].some(c => c.textContent.toLowerCase().includes(word));
  return row => {
    const have = value(row.cells[column].dataset.v), want = value(wanted);
    return typeof have === typeof want && signs[sign](have, want);
  };
}

function filter(table, text) {
  const titles = [...table.tHead.rows[0].cells].map(c => c.textContent);
  const all = text.toLowerCase().split(/\s+/).filter(Boolean).map(word => asks(word, titles));
  const rows = [...table.tBodies[0].rows];
  rows.forEach(row => row.hidden = !all.every(ask => ask(row)));
  return `${rows.filter(row => !row.hidden).length} of ${rows.length} rows`;
}

function addFilter(scroll) {
  const table = scroll.querySelector('table'), name = scroll.getAttribute('aria-label');
  if (!table || !table.tBodies.length || table.tBodies[0].rows.length < 8) return;
  const count = h('output');
  const input = h('input', {type: 'search', 'aria-label': `filter ${name}`, placeholder: 'layer=2 lag>100',
    autocomplete: 'off', spellcheck: 'false', oninput: () => count.textContent = filter(table, input.value)});
  scroll.before(h('p', {class: 'filter'}, h('label', {}, 'Filter ', input), ' ', count));
}

document.querySelectorAll('th button').forEach(b => b.onclick = () => sort(b.parentNode));
document.querySelectorAll('.scroll').forEach(addFilter);

// On paper every fold is open.
const folds = [...document.querySelectorAll('details')];
let closed = [];
addEventListener('beforeprint', () => { closed = folds.filter(d => !d.open); closed.forEach(d => d.open = true) });
addEventListener('afterprint', () => closed.forEach(d => d.open = false));

// ---- Data ------------------------------------------------------------------------------------------------------

// A column is a list, words with their places in `at`, or one value for all rows. Rows are its objects; '∞' is Infinity.
function rowsOf({n, columns}) {
  const number = x => x === '∞' ? Infinity : x;
  const read = c => Array.isArray(c) ? i => number(c[i]) : c && c.words ? i => c.words[c.at[i]] : () => number(c);
  const readers = Object.entries(columns).map(([name, c]) => [name, read(c)]);
  return Array.from({length: n}, (_, i) => Object.fromEntries(readers.map(([name, at]) => [name, at(i)])));
}

const distinct = (rows, name) => [...new Set(rows.map(r => r[name]))];
const ascending = (a, b) => a - b;
const nearest = (list, x) => list.reduce((a, b) => Math.abs(b - x) < Math.abs(a - x) ? b : a);

function readRun(data) {
  const points = rowsOf(data.points);
  const sorted = name => distinct(points, name).sort(ascending);
  return {...data, points, own: rowsOf(data.own), stages: rowsOf(data.stages),
    measures: data.measures.map(m => ({...m, rows: rowsOf(m.table)})),
    wheres: distinct(points, 'where'), betweens: sorted('between'), lags: sorted('lag'),
    layers: sorted('layer'), heads: sorted('head'), at: {layer: data.best[0], head: data.best[1]}};
}

// As many digits as an interval carries, as the tables have them.
function rounded(x, arm = 0) {
  if (x === null || x === undefined) return '–';
  if (!isFinite(x)) return '∞';
  const digits = arm > 0 && isFinite(arm) ? Math.ceil(-Math.log10(arm / 2)) : Math.abs(x) >= 100 ? 0 : 2;
  return Number(x.toFixed(Math.max(digits, 0))).toLocaleString('en', {minimumFractionDigits: Math.max(digits, 0)});
}

function withInterval(x, lo, hi) {
  if (x === null || x === undefined || lo === null || lo === undefined) return rounded(x);
  const arm = Math.max(x - lo, isFinite(hi) ? hi - x : 0);
  return `${rounded(x, arm)} [${rounded(lo, arm)}–${rounded(hi, arm)}]`;
}

// ---- Colours ---------------------------------------------------------------------------------------------------

const viridis = ['440154', '482878', '3e4989', '31688e', '26828e', '1f9e89', '35b779', '6ece58', 'b5de2b', 'fde725']
  .map(c => [0, 2, 4].map(i => parseInt(c.slice(i, i + 2), 16)));

function viridisAt(t) {
  const x = Math.min(Math.max(t, 0), 1) * (viridis.length - 1), i = Math.min(Math.floor(x), viridis.length - 2);
  return `rgb(${viridis[i].map((a, k) => Math.round(a + (viridis[i + 1][k] - a) * (x - i)))})`;
}

// Okabe and Ito's, as in the figures; the chosen head is blue.
const lineColours = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#7F7F7F'];
const lineDashes = ['', '7 3', '7 3 2 3', '2 3', '10 3', '5 2 1 2', '3 2'];
const stageColours = {said: '#009E73', unsaid: '#56B4E9', unread: '#E69F00', unaddressed: '#CC79A7', gone: '#BBBBBB'};

// ---- Charts ----------------------------------------------------------------------------------------------------

// A scale from values to pixels: logarithmic, or each value at an equal step.
function scale(values, from, to, even) {
  const at = even ? x => values.indexOf(x) : Math.log;
  const low = at(values[0]), high = at(values[values.length - 1]);
  return x => high > low ? from + (at(x) - low) / (high - low) * (to - from) : (from + to) / 2;
}

// Round numbers from none to at least the top, in four or five steps.
function ticksTo(top) {
  const size = 10 ** Math.floor(Math.log10(top / 4)), step = [1, 2, 2.5, 5, 10].map(x => x * size).find(x => x * 5 >= top);
  return Array.from({length: Math.ceil(top / step - 1e-9) + 1}, (_, i) => Number((i * step).toPrecision(6)));
}

// An empty chart: axes, ticks at the values that were measured, names with units.
function axes(box, {xs, even, top, xlabel, ylabel, height = 250}) {
  const width = Math.max(box.clientWidth, 240), left = 44, right = width - 14, bottom = height - 40;
  const ticks = ticksTo(top), high = ticks[ticks.length - 1];
  const edge = even ? (right - left) / xs.length / 2 : 14;
  const x = scale(xs, left + edge, right - edge, even), y = v => bottom - v / high * (bottom - 12);
  const e = s('svg', {width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true'});
  for (const v of ticks) {
    e.append(s('line', {class: 'grid', x1: left, x2: right, y1: y(v), y2: y(v)}),
             s('text', {x: left - 6, y: y(v) + 4, 'text-anchor': 'end'}, String(v)));
  }
  let last = -Infinity;
  for (const v of xs) {
    e.append(s('line', {class: 'tick', x1: x(v), x2: x(v), y1: bottom, y2: bottom + 4}));
    const room = 4 + 7 * String(v).length;
    if (x(v) - last < room) continue;
    e.append(s('text', {x: x(v), y: bottom + 17, 'text-anchor': 'middle'}, String(v)));
    last = x(v);
  }
  e.append(s('line', {class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom}),
           s('text', {x: (left + right) / 2, y: height - 6, 'text-anchor': 'middle'}, xlabel),
           s('text', {transform: `translate(11 ${(bottom + 12) / 2}) rotate(-90)`, 'text-anchor': 'middle'}, ylabel));
  box.replaceChildren(e);
  return {e, x, y, bottom};
}

// A line with intervals. A point: {x, y, lo, hi, tip}.
function drawLine({e, x: centre, y}, {points, colour, dash, bold, open, aside = 0}) {
  const x = v => centre(v) + aside;
  const known = points.filter(p => p.y !== null && p.y !== undefined);
  const path = known.map(p => `${x(p.x)},${y(p.y)}`).join(' ');
  e.append(s('polyline', {class: bold ? 'line bold' : 'line', points: path, stroke: colour, 'stroke-dasharray': dash}));
  for (const p of known) {
    const has = p.lo !== null && p.lo !== undefined;
    if (has) e.append(s('line', {class: 'bar', x1: x(p.x), x2: x(p.x), y1: y(p.lo), y2: y(p.hi), stroke: colour}));
    if (!p.tip) continue;
    const mark = open ? s('rect', {x: x(p.x) - 3, y: y(p.y) - 3, width: 6, height: 6, class: 'open', stroke: colour})
                      : s('circle', {cx: x(p.x), cy: y(p.y), r: bold ? 4 : 3, fill: colour});
    e.append(mark, s('circle', {class: 'hit', cx: x(p.x), cy: y(p.y), r: 11, 'data-tip': p.tip, 'data-x': p.x}));
  }
}

// ---- The explorer ----------------------------------------------------------------------------------------------

const whereNames = {fact: 'at the fact', before_query: 'before the query', query: 'at the query',
                    'readout at query': 'readout at the query'};
const valueNames = {accuracy: 'accuracy', bits: 'bits'};

function explore(root, runs) {
  const part = name => root.querySelector(`.${name}`);
  const first = runs[0];
  const state = {run: 0, value: 'accuracy', colour: 'value', kept: [],
    where: first.wheres.includes('before_query') ? 'before_query' : first.wheres[0],
    between: first.betweens[0], lag: first.lags[first.lags.length - 1]};
  const run = () => runs[state.run];
  const whereOf = r => r.wheres.includes(state.where) ? state.where : r.wheres[0];
  const betweenOf = r => r.betweens.includes(state.between) ? state.between : r.betweens[0];
  const betweenText = b => b < 0 ? 'any' : String(b);
  const labelOf = (r, {layer, head}) => `${runs.length > 1 ? `${r.name}, ` : ''}layer ${layer}, head ${head}`;
  const tipOf = (p, where) => `${where}: ${valueNames[state.value]} `
    + `${withInterval(p[state.value], p[`${state.value}_lo`], p[`${state.value}_hi`])}, ${p.n} texts`;

  // The points of a head that the choices leave: over all lags, or over all facts in between.
  function pointsOf(r, {layer, head}, over = 'lag') {
    const where = whereOf(r), between = betweenOf(r), lag = nearest(r.lags, state.lag);
    const keep = over === 'lag' ? p => p.between === between : p => p.lag === lag;
    return r.points.filter(p => p.layer === layer && p.head === head && p.where === where && keep(p))
      .sort((a, b) => a[over] - b[over]);
  }

  // ---- Choices

  // A choice among a few words is a row of buttons, a longer one a list.
  function choice(name, label, options, now, choose) {
    if (options.length < 2) return [];
    if (options.map(([, text]) => text).join('').length > 34) {
      const list = h('select', {name, onchange: () => choose(list.value)},
        ...options.map(([key, text]) => h('option', {value: key, selected: String(key) === String(now)}, text)));
      return [h('label', {class: 'choice'}, h('span', {}, label), list)];
    }
    const buttons = options.map(([key, text]) => h('label', {},
      h('input', {type: 'radio', name, value: key, checked: String(key) === String(now), onchange: () => choose(key)}),
      h('span', {}, text)));
    return [h('fieldset', {class: 'choice'}, h('legend', {}, label), h('div', {class: 'row'}, ...buttons))];
  }

  function set(change) { Object.assign(state, change); draw(); }

  function chooseRun(i) {
    state.run = Number(i);
    const r = run();
    set({where: whereOf(r), between: betweenOf(r), lag: nearest(r.lags, state.lag),
         value: r.bits ? state.value : 'accuracy', colour: r.measures.some(m => m.name === state.colour) ? state.colour : 'value'});
  }

  function drawChoices() {
    const r = run(), same = list => list.map(x => [x, String(x)]);
    const focus = document.activeElement, had = root.contains(focus) && focus.name;
    const colours = [['value', 'the value at a lag'], ...r.measures.map(m => [m.name, m.title])];
    part('choices').replaceChildren(
      ...choice('run', 'Run', runs.map((x, i) => [i, x.name]), state.run, chooseRun),
      ...choice('value', 'Value', r.bits ? [['accuracy', 'accuracy'], ['bits', 'bits']] : [], state.value, value => set({value})),
      ...choice('where', 'State taken', r.wheres.map(w => [w, whereNames[w] || w]), state.where, where => set({where})),
      ...choice('between', 'Facts in between', r.betweens.map(b => [b, betweenText(b)]), state.between, b => set({between: Number(b)})),
      ...choice('lag', 'Lag (tokens)', same(r.lags), state.lag, lag => set({lag: Number(lag)})),
      ...choice('colour', 'Colours of the map', colours, state.colour, colour => set({colour})));
    const again = had && [...root.querySelectorAll(`[name=${had}]`)].find(x => x.type !== 'radio' || x.checked);
    if (again) again.focus();
  }

  // ---- The map

  // What the map shows: {at: Map of 'layer.head' to row, x(row), tip(row), low, high, log, label}.
  function shown() {
    const r = run(), m = r.measures.find(m => m.name === state.colour);
    if (m) {
      const finite = m.rows.map(p => p.value).filter(x => x !== null && isFinite(x) && (!m.log || x > 0));
      const [low, high] = finite.length ? [Math.min(...finite), Math.max(...finite)] : [1, 1];
      return {rows: m.rows, x: p => p.value, tip: p => `${m.title}: ${p.text}`, log: m.log, label: m.title,
              low: m.log ? low : Math.min(low, 0), high};
    }
    const rows = r.points.filter(p => p.where === state.where && p.between === state.between && p.lag === state.lag);
    const high = state.value === 'accuracy' ? 1 : r.most_bits;
    return {rows, x: p => p[state.value], tip: p => tipOf(p, `lag ${p.lag}`), low: 0, high,
            label: `${valueNames[state.value]} at lag ${state.lag}, ${whereNames[state.where] || state.where}`};
  }

  function drawMap() {
    const r = run(), v = shown(), box = part('map'), had = box.contains(document.activeElement);
    const at = new Map(v.rows.map(p => [`${p.layer}.${p.head}`, p]));
    const width = Math.max(box.clientWidth, 200), left = 30, top = 20;
    const w = Math.min((width - left - 2) / r.heads.length, 64), tall = Math.max(Math.min(w, 34, 560 / r.layers.length), 14);
    const to = v.log ? Math.log : x => x;
    const share = x => v.high > v.low ? (to(Math.min(x, v.high)) - to(v.low)) / (to(v.high) - to(v.low)) : 1;
    const e = s('svg', {width, height: top + tall * r.layers.length + 20, role: 'grid', 'aria-label': `${v.label}, layers by heads`});
    r.heads.forEach((head, j) => {
      if (w > 17 || j % 4 === 0) e.append(s('text', {x: left + w * (j + .5), y: 13, 'text-anchor': 'middle', 'aria-hidden': 'true'}, head));
    });
    r.layers.forEach((layer, i) => {
      const row = s('g', {role: 'row'});
      row.append(s('text', {x: left - 6, y: top + tall * (i + .5) + 4, 'text-anchor': 'end', 'aria-hidden': 'true'}, layer));
      r.heads.forEach((head, j) => {
        const p = at.get(`${layer}.${head}`), x = p ? v.x(p) : null, known = x !== null && x !== undefined;
        const text = !known ? '–' : !isFinite(x) ? '∞' : v.high > 20 ? x.toFixed(0) : x.toFixed(2);
        const tip = `layer ${layer}, head ${head}, ${p ? v.tip(p) : 'not measured'}`;
        const cell = s('g', {role: 'gridcell', tabindex: -1, 'aria-label': tip, 'data-tip': tip, 'data-layer': layer, 'data-head': head},
          s('rect', {x: left + w * j + .5, y: top + tall * i + .5, width: w - 1, height: tall - 1, rx: 2,
                     fill: known ? viridisAt(share(x)) : 'var(--none)'}));
        if (w >= 30 && tall >= 15) cell.append(s('text', {x: left + w * (j + .5), y: top + tall * (i + .5) + 4, 'text-anchor': 'middle',
          fill: !known ? 'var(--ink)' : share(x) > .6 ? '#000' : '#fff', 'aria-hidden': 'true'}, text));
        row.append(cell);
      });
      e.append(row);
    });
    e.append(s('text', {x: left + w * r.heads.length / 2, y: top + tall * r.layers.length + 15, 'text-anchor': 'middle', 'aria-hidden': 'true'}, 'head (columns), layer (rows)'));
    box.replaceChildren(e);
    const ends = [v.low, v.high].map(x => rounded(x));
    part('scale').replaceChildren(h('span', {}, ends[0]), h('i', {class: 'ramp'}), h('span', {}, ends[1]), h('span', {class: 'of'}, v.label));
    mark(had);
  }

  // Show which head is chosen; `focus` follows it.
  function mark(focus) {
    for (const cell of part('map').querySelectorAll('[role=gridcell]')) {
      const here = cell.dataset.layer == run().at.layer && cell.dataset.head == run().at.head;
      cell.setAttribute('aria-selected', here);
      cell.setAttribute('tabindex', here ? 0 : -1);
      if (!here) continue;
      part('status').textContent = cell.dataset.tip;
      if (focus) cell.focus({preventScroll: true});
    }
  }

  function choose(layer, head, focus = false) {
    run().at = {layer, head};
    mark(focus);
    drawHead();
  }

  part('map').onclick = e => {
    const cell = e.target.closest('[role=gridcell]');
    if (cell) choose(Number(cell.dataset.layer), Number(cell.dataset.head), true);
  };

  const steps = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e6], End: [0, 1e6]};
  part('map').onkeydown = e => {
    const step = steps[e.key], {layers, heads, at} = run();
    if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); keep(); }
    if (!step) return;
    e.preventDefault();
    const move = (list, x, d) => list[Math.min(Math.max(list.indexOf(x) + d, 0), list.length - 1)];
    choose(move(layers, at.layer, step[0]), move(heads, at.head, step[1]), true);
  };

  // ---- A head

  const same = (a, b) => a.run === b.run && a.layer === b.layer && a.head === b.head;
  const now = () => ({run: state.run, ...run().at});

  function keep() {
    if (!state.kept.some(k => same(k, now()))) state.kept.push(now());
    state.kept = state.kept.slice(-6);
    drawHead();
  }

  // The chosen head's line, then those that were kept.
  function lines(over) {
    const heads = [now(), ...state.kept.filter(k => !same(k, now()))];
    return heads.map((head, i) => ({head, label: labelOf(runs[head.run], head), bold: i === 0, aside: 3 * i, dash: lineDashes[i],
      colour: i ? lineColours[i] : 'var(--chosen)', points: pointsOf(runs[head.run], head, over).map(p => ({x: p[over], y: p[state.value],
        lo: p[`${state.value}_lo`], hi: p[`${state.value}_hi`], row: p,
        tip: tipOf(p, `${labelOf(runs[head.run], head)}, ${over === 'lag' ? `lag ${p.lag}` : `${betweenText(p.between)} in between`}`)}))}));
  }

  const top = () => state.value === 'accuracy' ? 1 : Math.max(...runs.map(r => r.most_bits || 0));

  function drawCurve() {
    const all = lines('lag'), mine = all[0].points;
    const xs = [...new Set([...run().lags, ...all.flatMap(l => l.points.map(p => p.x))])].sort(ascending);
    const c = axes(part('curve'), {xs, even: false, top: top(), xlabel: 'lag (tokens)', ylabel: state.value === 'bits' ? 'bits per answer' : `accuracy (${run().unit})`});
    const flat = (y, kind) => c.e.append(s('line', {class: kind, x1: c.x(xs[0]), x2: c.x(xs[xs.length - 1]), y1: c.y(y), y2: c.y(y)}));
    c.e.append(s('line', {class: 'cursor', x1: c.x(state.lag), x2: c.x(state.lag), y1: 12, y2: c.bottom}));
    if (mine.length && state.value === 'accuracy') flat(mine[0].row.chance, 'chance');
    const left = mine.filter(p => p.row.left !== null && p.row.left !== undefined).map(p => ({x: p.x, y: p.row.left * top()}));
    if (left.length) drawLine(c, {points: left, colour: 'var(--soft)', dash: '4 3'});
    const own = run().own.filter(p => p.between === state.between);
    if (state.value === 'accuracy') drawLine(c, {colour: 'var(--ink)', open: true, aside: -3, points: own.map(p => ({x: p.lag, y: p.accuracy,
      lo: p.accuracy_lo, hi: p.accuracy_hi, tip: `the model itself, lag ${p.lag}: ${withInterval(p.accuracy, p.accuracy_lo, p.accuracy_hi)}, ${p.n} texts`}))});
    for (const line of all.slice().reverse()) drawLine(c, line);
    const here = mine.find(p => p.x === state.lag);
    const chart = part('curve');
    for (const [k, v] of Object.entries({'aria-valuemin': xs[0], 'aria-valuemax': xs[xs.length - 1], 'aria-valuenow': state.lag,
      'aria-valuetext': here ? here.tip : `lag ${state.lag}: not measured`})) chart.setAttribute(k, v);
    part('legend').replaceChildren(...all.map(legendOf), ...fixedLegend(left.length, own.length));
  }

  function swatch(colour, dash, open) {
    const e = s('svg', {width: 26, height: 10, 'aria-hidden': 'true'}, s('line', {x1: 1, x2: 25, y1: 5, y2: 5, stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dash}));
    if (open) e.append(s('rect', {class: 'open', x: 10, y: 2, width: 6, height: 6, stroke: colour}));
    return e;
  }

  function legendOf(line, i) {
    const item = h('li', {}, swatch(line.colour, line.dash), ` ${line.label} `);
    if (!line.points.length) item.append('(not measured here) ');
    if (i) item.append(h('button', {type: 'button', 'aria-label': `leave out ${line.label}`,
      onclick: () => { state.kept = state.kept.filter(k => !same(k, line.head)); drawHead(); }}, '×'));
    return item;
  }

  function fixedLegend(left, own) {
    const accuracy = state.value === 'accuracy';
    return [[left, 'var(--soft)', '4 3', run().left_name], [accuracy && own, 'var(--ink)', '', 'the model’s own answer', true],
            [accuracy, 'var(--soft)', '1 3', 'chance']]
      .filter(([there]) => there).map(([, colour, dash, text, open]) => h('li', {}, swatch(colour, dash, open), ` ${text}`));
  }

  // Over facts in between: how much a head holds at once.
  function drawBetween() {
    const several = run().betweens.length > 1;
    part('crowd').hidden = !several;
    if (!several) return;
    part('crowd-title').textContent = `Over facts in between, at lag ${state.lag}`;
    const xs = run().betweens, all = lines('between').map(l => ({...l, points: l.points.filter(p => xs.includes(p.x))}));
    const c = axes(part('crowd-chart'), {xs, even: true, top: top(), height: 190, xlabel: 'facts in between', ylabel: state.value});
    c.e.append(s('line', {class: 'cursor', x1: c.x(state.between), x2: c.x(state.between), y1: 12, y2: c.bottom}));
    for (const line of all.slice().reverse()) drawLine(c, line);
  }

  // Where the answer is lost, by this head alone.
  function drawStages() {
    const {layer, head} = run().at, names = run().stage_names;
    const rows = run().stages.filter(p => p.layer === layer && p.head === head && (p.between === undefined || p.between === null || p.between === state.between));
    part('lost').hidden = !rows.length;
    if (!rows.length) return;
    const mixed = run().betweens.length > 1 && rows[0].between === undefined;
    part('lost-title').textContent = `What becomes of the answer, by this head alone${mixed ? '; all numbers of facts in between' : ''}`;
    const xs = distinct(rows, 'lag').sort(ascending);
    const c = axes(part('lost-chart'), {xs, even: true, top: 1, height: 190, xlabel: 'lag (tokens)', ylabel: 'share of answers'});
    const step = xs.length > 1 ? c.x(xs[1]) - c.x(xs[0]) : 60, wide = Math.min(step * .65, 44);
    for (const p of rows) {
      let base = 0;
      for (const [key, name] of names) {
        const tip = `lag ${p.lag}, ${name}: ${rounded(100 * p[key])} % of ${p.n} texts`;
        c.e.append(s('rect', {class: 'stage', x: c.x(p.lag) - wide / 2, width: wide, y: c.y(base + p[key]),
          height: Math.max(c.y(base) - c.y(base + p[key]), 0), fill: stageColours[key], 'data-tip': tip}));
        base += p[key];
      }
    }
    part('lost-legend').replaceChildren(...names.map(([key, name]) => h('li', {}, s('svg', {width: 12, height: 12, 'aria-hidden': 'true'},
      s('rect', {width: 12, height: 12, fill: stageColours[key]})), ` ${name}`)));
  }

  // All numbers of the curve, and what is known of the head beside it.
  function drawNumbers() {
    const mine = pointsOf(run(), run().at), {layer, head} = run().at;
    const known = run().measures.map(m => [m, m.rows.find(p => p.layer === layer && p.head === head)]).filter(([, p]) => p);
    part('facts').replaceChildren(...known.flatMap(([m, p]) => [h('dt', {title: m.note}, m.title), h('dd', {'data-measure': m.name}, p.text)]));
    const cells = p => [[p.lag, String(p.lag)], [p.n, rounded(p.n, 2)], ...['accuracy', ...(run().bits ? ['bits'] : [])].map(v =>
      [p[v], withInterval(p[v], p[`${v}_lo`], p[`${v}_hi`])]), [p.left, rounded(p.left)]];
    const titles = ['lag', 'texts', 'accuracy', ...(run().bits ? ['bits'] : []), 'left'];
    part('numbers').replaceChildren(h('thead', {}, h('tr', {}, ...titles.map(t => h('th', {scope: 'col'}, t)))),
      h('tbody', {}, ...mine.map(p => h('tr', {}, ...cells(p).map(([v, text]) => h('td', {'data-v': v ?? ''}, text))))));
  }

  function drawTitle() {
    const r = run(), list = (name, values, at, choose) => {
      const e = h('select', {name, 'aria-label': name, onchange: () => choose(Number(e.value))}, ...values.map(x => h('option', {value: x, selected: x === at}, x)));
      return e;
    };
    const had = document.activeElement, name = part('chosen').contains(had) && had.name;
    part('chosen').replaceChildren(h('label', {}, 'Layer ', list('layer', r.layers, r.at.layer, x => choose(x, r.at.head))),
      h('label', {}, 'head ', list('head', r.heads, r.at.head, x => choose(r.at.layer, x))),
      h('button', {type: 'button', name: 'keep', onclick: keep}, 'Keep this curve'));
    if (name) part('chosen').querySelector(`[name=${name}]`).focus();
  }

  function drawHead() { drawTitle(); drawCurve(); drawBetween(); drawStages(); drawNumbers(); }
  function draw() { drawChoices(); drawMap(); drawHead(); }

  // ← and → in the curve go from lag to lag; a click on a mark goes to its lag.
  function toLag(lag) {
    if (!run().lags.includes(lag)) return;
    set({lag});
    const hit = [...part('curve').querySelectorAll('.hit')].reverse().find(e => e.dataset.x == lag);
    if (hit) showTip(hit);
  }
  part('curve').onkeydown = e => {
    const step = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -1e6, End: 1e6}[e.key], {lags} = run();
    if (!step) return;
    e.preventDefault();
    toLag(lags[Math.min(Math.max(lags.indexOf(state.lag) + step, 0), lags.length - 1)]);
  };
  part('curve').onclick = e => { if (e.target.dataset.x) toLag(Number(e.target.dataset.x)); };

  // ---- What stands at a mark: on hover, on focus, at a tap; Escape hides it

  const tip = part('tip');
  function showTip(e) {
    const at = e.getBoundingClientRect(), box = root.getBoundingClientRect();
    tip.textContent = e.dataset.tip;
    tip.hidden = false;
    const x = at.left + at.width / 2 - box.left - tip.offsetWidth / 2, above = at.top - box.top - tip.offsetHeight - 6;
    tip.style.left = `${Math.min(Math.max(x, 0), box.width - tip.offsetWidth)}px`;
    tip.style.top = `${above > 0 ? above : at.bottom - box.top + 6}px`;
  }
  const over = e => { const marked = e.target.closest && e.target.closest('[data-tip]'); if (marked) showTip(marked); else tip.hidden = true; };
  root.addEventListener('pointerover', over);
  root.addEventListener('focusin', over);
  root.addEventListener('pointerleave', () => tip.hidden = true);
  root.addEventListener('focusout', () => tip.hidden = true);
  root.addEventListener('keydown', e => { if (e.key === 'Escape') tip.hidden = true; });

  // Several runs: the best head of each lies over the others from the start.
  if (runs.length > 1) state.kept = runs.slice(0, 6).map((r, run) => ({run, ...r.at}));
  root.hidden = false;
  draw();
  let width = innerWidth;
  addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
}

const explorer = document.getElementById('explorer');
if (explorer) explore(explorer, JSON.parse(document.getElementById('explored').textContent).map(readRun));
