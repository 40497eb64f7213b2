/**
 * The panel's own style sheet: inside its shadow root, in logical properties, for light and dark. It takes nothing from
 * the page but colours, direction and whether it is to be seen: a page in capitals must not change a name.
 */

export const STYLES = `
:host {
  --ink: var(--customer-panel-ink, light-dark(#15211d, #e8efec));
  --quiet: var(--customer-panel-quiet, light-dark(#52635c, #9fb0a9));
  --surface: var(--customer-panel-surface, light-dark(#ffffff, #18211e));
  --line: light-dark(#dbe3df, #2c3935);
  --accent: var(--customer-panel-accent, light-dark(#0b6152, #6bd3bb));
  --on-accent: light-dark(#ffffff, #06231d);
  --tint: light-dark(#e6f2ee, #1d322c);
  --warm: light-dark(#fbf1dc, #33290f);
  --on-warm: light-dark(#6b4700, #f3cf83);
  --alert: light-dark(#a1262d, #ff9b9b);
  color-scheme: light dark;
  display: block;
}
.shown, .status {
  all: initial;
  color-scheme: inherit;
  visibility: inherit;
  color: var(--ink);
  font: 400 1rem/1.5 system-ui, "Segoe UI", "Noto Sans", "Noto Sans Arabic", "Geeza Pro", sans-serif;
  font-variant-numeric: tabular-nums;
}
.shown { container-type: inline-size; display: block; }
:host([hidden]) { display: none; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
* { box-sizing: border-box; margin: 0; }
section {
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: 16px;
  display: grid;
  gap: 20px;
  min-block-size: 19rem;
  align-content: start;
  overflow: hidden;
  padding: 24px;
}
.middle { align-content: center; justify-items: center; text-align: center; gap: 8px; }
.middle svg { color: var(--quiet); margin-block-end: 8px; }
h2 { font-size: 1.625rem; font-weight: 650; letter-spacing: -0.01em; line-height: 1.2; overflow-wrap: anywhere; }
:lang(ar) h2, h2:lang(ar) { letter-spacing: 0; }
.middle h2 { font-size: 1.25rem; }
h2 bdi { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
header { display: flex; align-items: start; justify-content: space-between; gap: 16px; }
header > div { min-inline-size: 0; display: grid; gap: 4px; }
.quiet { color: var(--quiet); font-size: 0.9375rem; overflow-wrap: anywhere; }
.tags { display: flex; flex-wrap: wrap; gap: 6px; justify-content: end; flex: none; max-inline-size: 45%; }
.tag {
  border: 1px solid currentColor; border-radius: 99px; padding: 3px 11px;
  font-size: 0.8125rem; font-weight: 600; line-height: 1.35; color: var(--quiet);
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-inline-size: 100%;
}
.tag[data-badge="vip"] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.tag[data-badge="regular"] { color: var(--accent); }
.tag[data-badge="lapsed"] { border-style: dashed; }
.tag.here { background: var(--tint); border-color: transparent; color: var(--accent); }
dl { display: grid; gap: 12px; }
dt { color: var(--quiet); font-size: 0.8125rem; line-height: 1.35; }
dd { font-weight: 600; overflow-wrap: anywhere; }
.money { grid-template-columns: 1fr; background: var(--tint); border-radius: 12px; padding: 16px; }
.money dd { font-size: 1.25rem; line-height: 1.3; }
.money .main dd { color: var(--accent); font-size: 2.125rem; font-weight: 700; letter-spacing: -0.02em; line-height: 1.2; }
.money small { display: block; color: var(--quiet); font-size: 0.8125rem; font-weight: 400; }
.facts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px 20px; }
.waiting { background: var(--warm); color: var(--on-warm); border-radius: 12px; display: grid; gap: 2px; padding: 16px; }
.waiting strong { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
button {
  background: var(--accent); border: 1px solid var(--accent); border-radius: 10px; color: var(--on-accent); cursor: pointer;
  font: inherit; font-weight: 600; min-block-size: 48px; min-inline-size: 44px; padding: 8px 22px;
}
button.plain { background: transparent; color: var(--accent); border-color: currentColor; }
button:hover { filter: brightness(1.08); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.middle button { margin-block-start: 12px; }
.trouble h2 { color: var(--alert); }
code { font: 400 0.75rem/1.5 ui-monospace, "SFMono-Regular", Menlo, "Noto Sans Mono", monospace; overflow-wrap: anywhere; }
.bone { background: var(--line); border-radius: 8px; block-size: 1.1rem; animation: breathe 1.4s ease-in-out infinite alternate; }
.bone.tall { block-size: 2.2rem; }
.bone.short { inline-size: 55%; }
.status { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@keyframes breathe { to { opacity: 0.45; } }
@container (min-width: 26rem) {
  .money { grid-template-columns: 3fr 2fr; align-items: end; }
  .facts { grid-template-columns: repeat(4, auto); justify-content: space-between; }
}
@media (prefers-reduced-motion: reduce) { .bone { animation: none; } }
@media (forced-colors: active) { .tag, .waiting, .money { border: 1px solid; } }
`;
