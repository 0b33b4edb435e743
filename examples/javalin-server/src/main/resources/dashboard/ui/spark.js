// A line of numbers as small as a word.

import {svg, fill} from "./dom.js";

const WIDTH = 96;
const HEIGHT = 24;
const EDGE = 3;

/**
 * A sparkline. Its words say the same to those who do not see it.
 *
 * @returns {{el: SVGElement, set: (values: number[], words: string) => void}} values oldest first
 */
export function sparkline() {
  const el = svg("svg", {class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none"});
  return {
    el,
    set(values, words) {
      el.setAttribute("aria-label", words);
      fill(el, ...(values.length === 0 ? [baseline()] : line(values)));
    },
  };
}

function baseline() {
  return svg("line", {class: "spark-none", x1: EDGE, x2: WIDTH - EDGE, y1: HEIGHT / 2, y2: HEIGHT / 2});
}

function line(values) {
  const most = Math.max(...values);
  const least = Math.min(...values, most * 0.5); // so that small changes stay small
  const range = most - least || 1;
  const step = (WIDTH - 2 * EDGE) / Math.max(1, values.length - 1);
  const points = values.map((value, i) => [
    values.length === 1 ? WIDTH - EDGE : EDGE + i * step,
    HEIGHT - EDGE - ((value - least) / range) * (HEIGHT - 2 * EDGE),
  ]);
  const path = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const [lastX, lastY] = points[points.length - 1];
  return [
    values.length > 1 && svg("polygon", {class: "spark-area", points: `${EDGE},${HEIGHT} ${path} ${lastX.toFixed(1)},${HEIGHT}`}),
    values.length > 1 && svg("polyline", {class: "spark-line", points: path}),
    svg("circle", {class: "spark-last", cx: lastX.toFixed(1), cy: lastY.toFixed(1), r: 2.2}),
  ];
}
