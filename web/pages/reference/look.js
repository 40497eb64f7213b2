/**
 * How the explorer looks here: the pages' own colours, readable contrasts and large targets. It has no options for
 * these, so this style sheet joins its own.
 */
export const LOOK = `
:host { background: var(--surface); color: var(--ink); }
:host > * {
  --bg: var(--surface); --bg2: var(--raised); --bg3: var(--raised); --light-bg: var(--raised);
  --fg: var(--ink); --fg2: var(--ink); --fg3: var(--quiet); --light-fg: var(--quiet);
  --primary-color: var(--accent); --secondary-color: var(--accent); --primary-btn-text-color: var(--on-accent);
  --nav-bg-color: var(--ground); --nav-text-color: var(--ink); --nav-hover-text-color: var(--ink); --nav-hover-bg-color: var(--tint);
  --border-color: var(--edge); --light-border-color: var(--line); --code-border-color: var(--line);
  --input-bg: var(--surface); --placeholder-color: var(--quiet); --hover-color: var(--tint);
  --header-bg: var(--surface); --header-fg: var(--ink); --inline-code-fg: var(--ink);
  --code-fg: var(--ink); --code-property-color: var(--ink); --code-keyword-color: var(--accent); --code-operator-color: var(--quiet);
  --red: var(--alert); --light-red: var(--alert-tint); --green: var(--accent); --light-green: var(--tint);
  --blue: var(--accent); --light-blue: var(--tint); --orange: var(--on-warm); --light-orange: var(--warm);
  --yellow: var(--on-warm); --light-yellow: var(--warm); --purple: var(--ink); --light-purple: var(--tint); --brown: var(--on-warm);
  --font-size-small: 15px; --font-size-regular: 16px; --font-mono: ui-monospace, Menlo, "Noto Sans Mono", monospace;
}
:focus-visible { outline: 3px solid var(--accent) !important; outline-offset: 2px; }
button, select, input:not([type="checkbox"], [type="radio"]), .m-btn, .tab-btn { min-height: 44px; min-width: 44px; }
.m-btn.primary:is(:hover, :focus-visible) { color: var(--on-accent); }
.tab-buttons { height: auto; }
.nav-bar-path, .nav-bar-tag, .nav-bar-info { min-height: 44px; align-items: center; }
.nav-bar-section, .nav-bar-section-title, .nav-bar-tag { color: var(--ink); }
.token.property, .token.string, .token.number, .token.boolean, .token.punctuation, .token.operator, .token.keyword, .token.null { color: var(--ink); background: none; }
@media (max-width: 48rem) { #auth table, #auth tbody, #auth tr, #auth td { display: block; width: auto !important; } }
.token.property { color: var(--accent); }
`;
