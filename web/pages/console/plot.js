/** Small plots in SVG, with their axes. Each stands beside a table with the same figures, which screen readers get instead. */

import { h, svg } from "../shared/dom.js";

const WIDTH = 720;
const HEIGHT = 100;
const LABELS = 3;
const MARKED = 45;

/** @typedef {{ label: string, value: number, shown: string }} Point */

/**
 * @param {Point[]} points
 * @param {{ before?: number[], rtl: boolean, shown: (value: number) => string, whole?: boolean }} options `before` is the
 *   period before, day for day; `shown` writes a value of the axis; `whole`: the values are counts
 */
export function bars(points, { before = [], rtl, shown, whole = true }) {
  const top = ceiling(Math.max(0, ...points.map((each) => each.value), ...before), whole);
  const step = WIDTH / Math.max(1, points.length);
  const tall = (/** @type {number} */ value) => (value <= 0 ? 0 : Math.max(2, (value / top) * HEIGHT));
  const at = (/** @type {number} */ place) => (rtl ? WIDTH - (place + 1) * step : place * step);
  // Many days: the period before is a line, else a mark on each bar.
  const dense = points.length > MARKED && before.length > 1;
  const line = dense ? [svg("polyline", { class: "was-line", points: before.slice(0, points.length).map((value, place) => `${at(place) + step / 2},${HEIGHT - tall(value)}`).join(" ") })] : [];
  const drawn = points.flatMap(({ label, value, shown: told }, place) => {
    const was = before[place] ?? 0;
    return [
      svg("rect", { class: "bar-shape", x: at(place) + step * 0.14, y: HEIGHT - tall(value), width: step * 0.72, height: tall(value) }),
      ...(was > 0 && !dense ? [svg("rect", { class: "was-shape", x: at(place), y: HEIGHT - tall(was) - 1, width: step, height: 2 })] : []),
      // What the mouse finds is as tall as the plot.
      svg("rect", { class: "hit", x: at(place), y: 0, width: step, height: HEIGHT }, svg("title", {}, `${label}: ${told}`)),
    ];
  });
  const ticks = [top, top / 2, 0].filter((value) => !whole || Number.isInteger(value));
  const lines = ticks.map((value) => svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT - (value / top) * HEIGHT, y2: HEIGHT - (value / top) * HEIGHT }));
  return h(
    "div",
    { class: "plot", "aria-hidden": "true" },
    h("div", { class: "scale small quiet" }, ...ticks.map((value) => h("span", null, shown(value)))),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "presentation" }, ...lines, ...drawn, ...line),
    h("div", { class: "ends small quiet" }, ...spread(points).map(({ label }) => h("span", null, label))),
  );
}

/** The end of an axis: 1, 2 or 5 and zeros, at or above the largest value; 4 for counts up to 4, which have a middle. @param {number} most @param {boolean} whole */
export function ceiling(most, whole) {
  if (most <= 0) return whole ? 2 : 1;
  const scale = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 4, 5, 10].find((each) => each * scale >= most) ?? 10;
  return Math.max(step * scale, whole ? 2 : 0);
}

/** The first, the middle and the last. @param {Point[]} points */
function spread(points) {
  if (points.length <= LABELS) return points;
  return [points[0], points[Math.floor((points.length - 1) / 2)], points.at(-1)].filter((each) => each !== undefined);
}

/** How far on the way to a goal. @param {string} name @param {number} value @param {number} goal @param {string} shown @param {boolean} rtl */
export function meter(name, value, goal, shown, rtl) {
  const share = Math.max(0, Math.min(1, goal > 0 ? value / goal : 1)) * 100;
  const bar = svg("rect", { class: "bar-shape", x: rtl ? 100 - share : 0, y: 0, width: share, height: 8 });
  return h(
    "div",
    { class: "meter" },
    h("p", { class: "ends small" }, h("span", null, name), h("strong", null, shown)),
    h("div", { "aria-hidden": "true" }, svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none" }, bar)),
  );
}
