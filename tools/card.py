"""Draw nbs/images/card.png (the site's social card, 1200 × 630) and favicon.png from a finished run of the packaged model:

    retnet_forget --out RUN && python tools/card.py RUN"""
import sys
from pathlib import Path
import matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
import numpy as np
from retnet_forget.analysis import forgetting_curve, load_run, recall_curve

images = Path(__file__).resolve().parents[1]/'nbs/images'

def card(run):
    "Probe accuracy over lag for every head of the layer that keeps facts longest, with the model's own answers."
    c = forgetting_curve(run.probes)
    far = c[c.lag == c.lag.max()]
    layer = far.groupby('layer').val_accuracy.mean().idxmax()
    heads = sorted(c['head'].unique())
    fig = plt.figure(figsize=(12, 6.3), dpi=100, facecolor='white')
    ax = fig.add_axes((.075, .14, .60, .60))
    for h,col in zip(heads, plt.cm.viridis(np.linspace(0, .92, len(heads)))):
        d = c[(c.layer == layer) & (c['head'] == h)].sort_values('lag')
        ax.fill_between(d.lag, d.accuracy_lo, d.accuracy_hi, color=col, alpha=.18, lw=0)
        ax.plot(d.lag, d.accuracy, color=col, lw=2.6, marker='o', ms=6, label=f'head {h}, γ half-life {d.gamma_half_life.iloc[0]:,.0f}')
    r = recall_curve(run.examples)
    ax.plot(r.lag, r.accuracy, color='#D55E00', lw=2.6, ls='--', marker='s', ms=6, mfc='white', label="the model's answer")
    ax.axhline(c.chance.mean(), color='.5', ls=':', lw=1.5)
    lags = sorted(c.lag.unique())
    ax.set_xscale('log'); ax.set_xticks(lags, [f'{x:,}' for x in lags]); ax.minorticks_off(); ax.set_ylim(0, 1.04)
    ax.tick_params(labelsize=15); ax.spines[['top', 'right']].set_visible(False)
    ax.set_xlabel('lag (tokens)', fontsize=16); ax.set_ylabel('accuracy', fontsize=16)
    fig.text(.075, .87, 'retnet_forget', fontsize=38, weight='bold', color='#1a1a1a')
    fig.text(.075, .80, 'measures how recurrent language models forget', fontsize=21, color='#444')
    fig.legend(*ax.get_legend_handles_labels(), loc='upper left', bbox_to_anchor=(.69, .75), fontsize=14, frameon=False, title=f'What layer {layer} still holds', title_fontsize=15, alignment='left')
    fig.savefig(images/'card.png', metadata={'Software':None}); plt.close(fig)

def favicon():
    "Two decays, fast and slow."
    fig = plt.figure(figsize=(.64, .64), dpi=100)
    ax = fig.add_axes((0, 0, 1, 1)); ax.axis('off')
    x = np.linspace(0, 1, 50)
    for rate,col in ((.7, '#440154'), (4, '#21918c')): ax.plot(x, np.exp(-rate*x), color=col, lw=6, solid_capstyle='round')
    ax.set_xlim(-.1, 1.1); ax.set_ylim(-.1, 1.15)
    fig.savefig(images/'favicon.png', transparent=True, metadata={'Software':None}); plt.close(fig)

if __name__ == '__main__':
    if len(sys.argv) != 2: sys.exit(__doc__)
    images.mkdir(exist_ok=True)
    card(load_run(sys.argv[1])); favicon()
