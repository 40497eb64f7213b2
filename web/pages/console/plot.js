/** Small plots in SVG. Each stands beside a table with the same figures, which screen readers get instead. */

import { h, svg } from "../shared/dom.js";

const WIDTH = 720;

/** @typedef {{ label: string, value: number, shown: string }} Point */

/** @param {Point[]} points @param {string} caption @param {{ height?: number, rtl?: boolean }} [options] */
export function bars(points, caption, { height = 120, rtl = false } = {}) {
  const most = Math.max(1, ...points.map((each) => each.value));
  const step = WIDTH / Math.max(1, points.length);
  const drawn = points.map(({ label, value, shown }, place) => {
    const tall = value === 0 ? 2 : Math.max(4, (value / most) * height);
    const at = rtl ? WIDTH - (place + 1) * step : place * step;
    return svg("rect", { class: value === 0 ? "under" : "bar-shape", x: at + step * 0.14, y: height - tall, width: step * 0.72, height: tall, rx: 3 }, svg("title", {}, `${label}: ${shown}`));
  });
  return figure(points, caption, height, drawn);
}

/** The present period as a line with an area, the one before as a dashed line. @param {Point[]} points @param {number[]} before @param {string} caption @param {{ height?: number, rtl?: boolean }} [options] */
export function lines(points, before, caption, { height = 180, rtl = false } = {}) {
  const most = Math.max(1, ...points.map((each) => each.value), ...before);
  const step = WIDTH / Math.max(1, points.length - 1);
  const at = (/** @type {number} */ value, /** @type {number} */ place) => `${rtl ? WIDTH - place * step : place * step},${height - (value / most) * (height - 8)}`;
  const now = points.map(({ value }, place) => at(value, place)).join(" ");
  const [start, end] = rtl ? [WIDTH, 0] : [0, WIDTH];
  return figure(points, caption, height, [
    svg("polygon", { class: "under", points: `${start},${height} ${now} ${end},${height}` }),
    svg("polyline", { class: "before", points: before.slice(0, points.length).map(at).join(" ") }),
    svg("polyline", { class: "now", points: now }),
  ]);
}

/** @param {Point[]} points @param {string} caption @param {number} height @param {SVGElement[]} drawn */
function figure(points, caption, height, drawn) {
  const [first, last] = [points[0]?.label ?? "", points.at(-1)?.label ?? ""];
  return h(
    "div",
    { class: "plot", "aria-hidden": "true" },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "presentation" }, svg("title", {}, caption), svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: height, y2: height }), ...drawn),
    h("p", { class: "ends small quiet" }, h("span", null, first), h("span", null, last)),
  );
}

/** How far on the way to a goal. @param {string} name @param {number} value @param {number} goal @param {string} shown @param {boolean} rtl */
export function meter(name, value, goal, shown, rtl) {
  const share = Math.max(0, Math.min(1, goal > 0 ? value / goal : 1)) * 100;
  const bar = svg("rect", { class: "bar-shape", x: rtl ? 100 - share : 0, y: 0, width: share, height: 8 });
  return h(
    "div",
    { class: "meter plot" },
    h("div", { "aria-hidden": "true" }, svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none" }, bar)),
    h("p", { class: "row small" }, h("span", null, name), h("strong", null, shown)),
  );
}
