import { Card } from './card.js';
import { Chart } from './chart.js';
import { $ } from './dom.js';

/** What a measurement has: where it stands, its unit, and the least that the chart is high. */
const quantities = {
  busy: { name: 'Event loop at work', unit: '%', atLeast: 10 },
  late: { name: 'Timers late by', unit: 'ms', atLeast: 4 },
  heap: { name: 'Heap in use', unit: 'MiB', atLeast: 10 },
};

/** The chart: a stream without an end, which begins again by itself after the connection was lost. */
export class MeasureCard {
  #connection;
  #card = new Card('measure', { start: 'Resume', stop: 'Pause' }, { start: () => this.#start(), stop: () => this.#pause() });
  #chart = new Chart($('chart'));
  #cancel = () => undefined;
  #isWanted = true;
  #count = 0;

  constructor(connection) {
    this.#connection = connection;
    $('measure-every').addEventListener('change', () => this.#card.isRunning && this.#start());
    $('measure-quantity').addEventListener('change', () => this.#choose());
    this.#choose();
  }

  /** There is a connection: the first one, or another one. */
  connected() {
    if (this.#isWanted) this.#start();
  }

  #start() {
    this.#cancel();
    this.#isWanted = true;
    this.#chart.interrupt();
    this.#card.show('running', 'Live');
    const observer = {
      next: (measurement) => this.#add(measurement),
      complete: () => this.#card.show('done', 'The server has ended it.'),
      error: (failure) => this.#fail(failure),
    };
    this.#cancel = this.#connection.stream(observer, 'measure', Number($('measure-every').value));
  }

  #pause() {
    this.#cancel();
    this.#isWanted = false;
    this.#card.show('stopped', 'Paused. The server has stopped measuring.');
  }

  #fail({ isLost, sentence }) {
    this.#isWanted = isLost;
    this.#card.show('failed', isLost ? `${sentence} It goes on by itself when there is one again.` : sentence);
  }

  #add(measurement) {
    this.#count++;
    this.#chart.add(measurement);
    $('measure-count').textContent = `${this.#count.toLocaleString()} ${this.#count === 1 ? 'value' : 'values'}`;
    this.#showValue();
  }

  #choose() {
    const chosen = $('measure-quantity').querySelector(':checked').value;
    this.#chart.show({ key: chosen, ...quantities[chosen] });
    $('measure-name').textContent = quantities[chosen].name;
    this.#showValue();
  }

  #showValue() {
    const { value, unit } = this.#chart.newest;
    $('measure-value').textContent = value === undefined ? '–' : value.toFixed(1);
    $('measure-unit').textContent = unit;
  }
}
