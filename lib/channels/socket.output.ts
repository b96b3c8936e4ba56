import { Lane } from '../common/lane.js';
import { PLACE } from '../common/queue.js';

/** Says something to a socket when it is its turn; a promise holds up what is said after it, and never rejects. */
export type Saying = () => void | Promise<void>;

/** What is said to one socket, in its order: after the reply to its join, and after handlers that took their time with what was said before. */
export class SocketOutput {
  private waiting: Lane<Saying> | undefined = this.newLane();
  /** Whether something is being said: what comes of that belongs to its turn. */
  private isSaying = false;
  private rest: Promise<void> | undefined;

  /**
   * @param maximum - how many bytes may wait.
   * @param overflow - called when more do.
   */
  constructor(
    private readonly maximum: number,
    private readonly overflow: () => void,
  ) {}

  /** Whether nothing waits, as nearly always: then one need not ask. */
  get isDirect(): boolean {
    return this.waiting === undefined;
  }

  /** Says something, now if nothing waits. */
  say(saying: Saying, size: number): void {
    if (this.isSaying) return this.continue(saying);
    if (this.waiting === undefined) return this.begin(saying);
    this.waiting.push(saying, size + PLACE);
    if (this.waiting.waitingSize > this.maximum) this.overflow();
  }

  /** The reply to the join is out. */
  open(): void {
    this.waiting?.open();
    this.settle();
  }

  /** Forgets what waits. */
  clear(): void {
    this.waiting?.clear();
  }

  private newLane(): Lane<Saying> {
    return new Lane(1, (saying) => this.turn(saying));
  }

  private turn(saying: Saying): void | Promise<void> {
    this.isSaying = true;
    const own = saying();
    this.isSaying = false;
    const { rest } = this;
    this.rest = undefined;
    return own === undefined ? rest : own.then(() => rest);
  }

  /** What is broadcast inside `@Join` reaches the socket itself in its turn. */
  private continue(saying: Saying): void {
    this.rest = this.rest === undefined ? (saying() ?? undefined) : this.rest.then(saying);
  }

  private begin(saying: Saying): void {
    const pending = saying();
    if (pending === undefined) return;
    this.waiting = this.newLane();
    this.waiting.open();
    this.waiting.push(() => pending, 0);
    this.settle();
  }

  /** As soon as nothing waits the lane is given up. */
  private settle(): void {
    if (this.waiting?.isIdle === true) this.waiting = undefined;
    else void this.waiting?.idle().then(() => this.settle());
  }
}
