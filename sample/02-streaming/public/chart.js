import { svgElement } from './dom.js';

/** How much time there is from the left to the right, in milliseconds. */
const span = 30_000;
/** Where the drawing begins within its frame, in pixels: the numbers stand left of it. */
const edge = { left: 44, right: 14, top: 12, bottom: 12 };
const mostLines = 4;

/** A line through the last seconds. It has as many pixels as its place on the page. */
export class Chart {
  #svg;
  #grid = svgElement('g', { class: 'chart-grid' });
  #area = svgElement('path', { class: 'chart-area' });
  #line = svgElement('path', { class: 'chart-line' });
  #point = svgElement('circle', { class: 'chart-point', r: 4 });
  /** Runs of measurements; between two of them nothing was measured. */
  #runs = [];
  #quantity;
  #size = { width: 0, height: 0 };

  constructor(svg) {
    this.#svg = svg;
    svg.append(this.#grid, this.#area, this.#line, this.#point);
    new ResizeObserver(([{ contentRect }]) => {
      this.#size = contentRect;
      this.#draw();
    }).observe(svg);
  }

  /** The newest value of what is shown; without one before the first measurement. */
  get newest() {
    return { value: this.#runs.findLast((run) => run.length > 0)?.at(-1)[this.#quantity.key], unit: this.#quantity.unit };
  }

  /** @param quantity `key` says what of a measurement is drawn, `name` and `unit` what it is, `atLeast` how high the chart is at least. */
  show(quantity) {
    this.#quantity = quantity;
    this.#draw();
  }

  /** What comes next is not joined to what came before. */
  interrupt() {
    this.#runs = [...this.#runs.filter((run) => run.length > 0), []];
  }

  add(measurement) {
    this.#runs.at(-1).push(measurement);
    const oldest = measurement.at - span;
    this.#runs = this.#runs.map((run) => run.filter(({ at }) => at >= oldest)).filter((run) => run.length > 0);
    this.#draw();
  }

  #draw() {
    const runs = this.#runs.filter((run) => run.length > 0);
    const values = runs.flat().map((measurement) => measurement[this.#quantity.key]);
    const step = niceStep(Math.max(this.#quantity.atLeast, ...values) / mostLines);
    const top = step * Math.ceil(Math.max(this.#quantity.atLeast, ...values) / step);
    this.#drawGrid(step, top);
    this.#drawRuns(runs, top);
    this.#describe(values);
  }

  #drawGrid(step, top) {
    const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
    this.#grid.replaceChildren(...lines.flatMap((value) => this.#gridLine(value, this.#y(value, top))));
  }

  #gridLine(value, y) {
    const { width } = this.#size;
    return [
      svgElement('line', { x1: edge.left, x2: Math.max(edge.left, width - edge.right), y1: y, y2: y }),
      svgElement('text', { x: edge.left - 10, y: y + 4 }, String(Number(value.toFixed(2)))),
    ];
  }

  #drawRuns(runs, top) {
    const now = runs.at(-1)?.at(-1).at;
    const place = (measurement) => [this.#x(now - measurement.at), this.#y(measurement[this.#quantity.key], top)];
    const places = runs.map((run) => run.map(place));
    this.#line.setAttribute('d', places.map(pathOf).join(''));
    this.#area.setAttribute('d', places.map((run) => areaOf(run, this.#y(0, top))).join(''));
    const [x, y] = places.at(-1)?.at(-1) ?? [-9, -9];
    this.#point.setAttribute('cx', x);
    this.#point.setAttribute('cy', y);
  }

  #x(age) {
    return this.#size.width - edge.right - (age / span) * Math.max(0, this.#size.width - edge.left - edge.right);
  }

  #y(value, top) {
    return edge.top + (1 - value / top) * Math.max(0, this.#size.height - edge.top - edge.bottom);
  }

  /** For who cannot see it. */
  #describe(values) {
    const { name, unit } = this.#quantity;
    const range = `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} ${unit}`;
    this.#svg.ariaLabel = values.length === 0 ? `${name}: nothing measured yet` : `${name}, the last 30 seconds: ${range}`;
  }
}

/** 1, 2 or 5 with noughts: the next one from `least` on. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}

function pathOf(places) {
  return `M${places.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`;
}

function areaOf(places, ground) {
  return `${pathOf(places)}V${ground}H${places[0][0].toFixed(1)}Z`;
}
