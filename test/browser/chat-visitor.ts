import type { Locator, Page } from 'playwright-core';

/** One person with the chat in a browser window. What the window complains about is kept. */
export class ChatVisitor {
  /** Errors in the console, and requests to anywhere but the chat. */
  problems: string[] = [];
  private origin = '';
  readonly log: Locator;
  readonly draft: Locator;
  readonly status: Locator;
  readonly dialog: Locator;

  constructor(readonly page: Page) {
    this.log = page.getByRole('log');
    this.draft = page.getByLabel('Your message');
    this.status = page.getByRole('status');
    this.dialog = page.getByRole('dialog');
    page.setDefaultTimeout(5_000);
    page.on('console', (message) => message.type() === 'error' && this.problems.push(message.text()));
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('request', (request) => this.checkOrigin(request.url()));
    page.on('websocket', (socket) => this.checkOrigin(socket.url().replace(/^ws/, 'http')));
  }

  /** Opens the chat, and waits for its question for a name. */
  async visit(origin: string): Promise<void> {
    this.problems = [];
    this.origin = origin;
    await this.page.goto(origin, { waitUntil: 'commit' });
    await this.dialog.waitFor();
  }

  /** Goes elsewhere, as by closing the window. */
  async goAway(): Promise<void> {
    await this.page.goto('about:blank');
  }

  /** Takes a name that is free, and waits until the keyboard writes messages. */
  async enter(name: string): Promise<void> {
    await this.introduce(name);
    await this.page.locator('#draft:focus').waitFor();
  }

  async introduce(name: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel('Your name').press('Enter');
  }

  async say(text: string): Promise<void> {
    await this.draft.fill(text);
    await this.draft.press('Enter');
  }

  /** Goes into a room of the list. */
  async join(room: string): Promise<void> {
    await this.page.getByRole('button', { name: new RegExp(`^${room} `) }).click();
    await this.isIn(room);
  }

  async createRoom(room: string): Promise<void> {
    await this.page.getByLabel('Name of a new room').fill(room);
    await this.page.getByLabel('Name of a new room').press('Enter');
  }

  async isIn(room: string): Promise<void> {
    await this.page.getByRole('region', { name: room, exact: true }).waitFor();
  }

  /** The line with a message or a notice. */
  line(text: string): Locator {
    return this.log.getByRole('listitem').filter({ hasText: text });
  }

  /** Waits for a line with this text. */
  async reads(text: string): Promise<void> {
    await this.line(text).first().waitFor();
  }

  /** Waits until exactly these are here, oneself first. */
  async meets(...names: string[]): Promise<void> {
    const lines = names.map((name, index) => `${Array.from(name)[0].toUpperCase()}${name}${index === 0 ? 'you' : ''}`);
    await this.page.waitForFunction(
      (expected) => Array.from(document.querySelectorAll('#people li'), (item) => item.textContent).join() === expected,
      lines.join(),
    );
  }

  /** Waits for the state of the connection. */
  async isShown(status: string): Promise<void> {
    await this.status.filter({ hasText: new RegExp(`^${status}$`) }).waitFor();
  }

  /** Notes every state of the connection from now on; some are too short to be waited for. */
  async watchStatus(): Promise<() => Promise<string[]>> {
    const seen = await this.status.evaluateHandle((status) => {
      const texts: string[] = [];
      new MutationObserver(() => texts.push(status.textContent ?? '')).observe(status, { childList: true });
      return texts;
    });
    return () => seen.jsonValue();
  }

  /** Gives the window another size, and waits until it has drawn what follows from it. */
  async turnsTo(width: number, height: number): Promise<void> {
    await this.page.setViewportSize({ width, height });
    await this.draws();
  }

  /** Makes the page narrower before it is told that it has scrolled, as happens when a window is dragged or turned in steps. */
  async isDraggedTo(width: number): Promise<void> {
    await this.log.evaluate((log, pixels) => {
      log.scrollBy(0, -1);
      document.body.style.width = `${pixels}px`;
    }, width);
    await this.draws();
  }

  async scrollsToTop(): Promise<void> {
    await this.log.evaluate((log) => log.scrollTo(0, 0));
    await this.draws();
  }

  /** How much of the log is hidden below what is seen of it, in pixels. */
  async belowTheFold(): Promise<number> {
    return this.log.evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));
  }

  /** Two frames: observers of sizes speak after the first, and what they scroll is told before the second. */
  private async draws(): Promise<void> {
    const frame = (): Promise<unknown> => this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    await frame();
    await frame();
  }

  /** What a browser says by itself about a server that is away is no fault of the page. */
  forgiveOutage(): void {
    this.problems = this.problems.filter((text) => !/net::ERR_|WebSocket connection to/.test(text));
  }

  private checkOrigin(url: string): void {
    if (url !== 'about:blank' && new URL(url).origin !== this.origin) this.problems.push(`a request to ${url}`);
  }
}
