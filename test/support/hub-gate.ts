/** A door that the code under test waits at until the test opens it. */
export class Gate {
  private static readonly all: Gate[] = [];
  private static isOver = false;
  /** Settles when somebody stands at the door for the first time. */
  readonly reached: Promise<void>;
  open!: () => void;
  private readonly opened: Promise<void>;
  private announce!: () => void;

  constructor() {
    this.reached = new Promise((resolve) => (this.announce = resolve));
    this.opened = new Promise((resolve) => (this.open = resolve));
    Gate.all.push(this);
    if (Gate.isOver) this.open();
  }

  /** A test begins: doors are shut when they are made. */
  static begin(): void {
    Gate.isOver = false;
  }

  /** A test is over: opens every door, those that are still to be made among them, so that nobody stands there for ever. */
  static end(): void {
    Gate.isOver = true;
    for (const gate of Gate.all.splice(0)) gate.open();
  }

  /** Settles when the door is open. */
  pass(): Promise<void> {
    this.announce();
    return this.opened;
  }
}
