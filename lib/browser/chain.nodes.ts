import { after, type Cancel } from './chain.timer.js';

/** Asks for the addresses of the servers, the best one first. */
export type GetNodes = () => Promise<readonly string[]> | readonly string[];

/** Which server to connect to. */
export class Nodes {
  private known: readonly string[] = [];
  private chosen = 0;
  private stopWaiting: Cancel = () => {};
  /** Which of the watches is the present one. */
  private watch = 0;

  /**
   * @param interval - how often they are asked for, in milliseconds.
   * @param found - called each time that some are known.
   * @param missing - called each time that there are none.
   */
  constructor(
    private readonly getNodes: GetNodes,
    private readonly interval: number,
    private readonly found: (best: string) => void,
    private readonly missing: () => void,
  ) {}

  /** The one to try. */
  get current(): string | undefined {
    return this.known[this.chosen];
  }

  /** The one that was tried does not answer: it is the next one's turn. */
  next(): void {
    this.chosen = (this.chosen + 1) % this.known.length;
  }

  /** Asks for them, and from now on again and again. */
  start(): void {
    this.stop();
    void this.ask(this.watch);
  }

  stop(): void {
    this.watch++;
    this.stopWaiting();
  }

  private async ask(watch: number): Promise<void> {
    const nodes = await this.fetchNodes();
    if (watch !== this.watch) return;
    this.stopWaiting = after(this.interval, () => void this.ask(watch));
    if (nodes.length > 0) this.take(nodes);
    else if (this.known.length === 0) this.missing();
  }

  private take(nodes: readonly string[]): void {
    this.known = nodes;
    this.chosen = 0;
    this.found(nodes[0]);
  }

  /** While nobody can say, those stay that are known. */
  private async fetchNodes(): Promise<readonly string[]> {
    try {
      return await this.getNodes();
    } catch {
      return [];
    }
  }
}
