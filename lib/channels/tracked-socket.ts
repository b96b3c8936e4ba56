import { unlessUnheard } from '../common/unheard-rejection.js';

/** What is behind a socket that can be tracked; it throws what cannot be, and where nobody is. */
export interface TrackedView {
  track(meta: unknown, key: unknown): Promise<void>;
  update(meta: unknown): Promise<void>;
  untrack(): Promise<void>;
  report(doing: string, error: unknown): void;
}

/** A socket that others in its topic can see, where its channel says `presence: true`. */
export abstract class TrackedSocket {
  readonly #view: TrackedView;

  /** @internal */
  constructor(view: TrackedView) {
    this.#view = view;
  }

  /**
   * Shows everybody in the topic that this client is there, and what of it, until it leaves. Tracking it again shows something else.
   *
   * @param meta - what others see, such as `{ device: 'phone' }`; it is copied.
   * @param options.key - whose device it is: all devices of a key are shown together. By default the user; where there is none, the socket's id.
   * @returns settles when other nodes can know it too; rejects for what is no object or cannot be written. A rejection that nobody awaits is logged.
   */
  track(meta: object, options: { readonly key?: string } = {}): Promise<void> {
    return this.#attempt('tracking a socket', () => this.#view.track(meta, options.key));
  }

  /** Shows something else of this client, under the same key; rejects where it is not tracked. */
  update(meta: object): Promise<void> {
    return this.#attempt('updating what is tracked of a socket', () => this.#view.update(meta));
  }

  /** Shows this client no longer. Where it is not tracked that is no error. */
  untrack(): Promise<void> {
    return this.#attempt('untracking a socket', () => this.#view.untrack());
  }

  #attempt(doing: string, work: () => Promise<void>): Promise<void> {
    return unlessUnheard(work, (error) => this.#view.report(doing, error));
  }
}
