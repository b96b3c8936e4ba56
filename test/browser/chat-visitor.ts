import type { Locator, Page } from 'playwright-core';
import { Visitor } from './visitor.js';

/** One person with the chat in a browser window. */
export class ChatVisitor extends Visitor {
  readonly log: Locator;
  readonly draft: Locator;
  readonly dialog: Locator;

  constructor(page: Page) {
    super(page);
    this.log = page.getByRole('log');
    this.draft = page.getByLabel('Your message');
    this.dialog = page.getByRole('dialog');
  }

  /** Opens the chat, and waits for its question for a name. */
  override async visit(origin: string): Promise<void> {
    await super.visit(origin);
    await this.dialog.waitFor();
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
}
