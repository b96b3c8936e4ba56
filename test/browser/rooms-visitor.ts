import type { Locator, Page } from 'playwright-core';
import { Visitor } from './visitor.js';

/** What the page calls the clients. */
export type RoomsClient = 'phoenix.js' | 'chain';

/** One person with the rooms in a browser window, by one of the clients. */
export class RoomsVisitor extends Visitor {
  readonly log: Locator;
  readonly draft: Locator;

  constructor(page: Page) {
    super(page);
    this.log = page.getByRole('log');
    this.draft = page.getByLabel('Your message');
  }

  /** Comes in under a name, and waits until the keyboard writes messages. */
  async enter(name: string, client: RoomsClient): Promise<void> {
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByRole('radio', { name: client }).check();
    await this.page.getByRole('button', { name: 'Come in' }).click();
  }

  /** Waits until the keyboard writes messages in a room. */
  async isIn(room: string): Promise<void> {
    await this.page.getByRole('region', { name: room, exact: true }).waitFor();
    await this.page.locator('#draft:focus').waitFor();
  }

  async goTo(room: string): Promise<void> {
    await this.roomButton(room).click();
    await this.isIn(room);
  }

  /** The button of a room, with what it says of the people there. */
  roomButton(room: string, people = ''): Locator {
    return this.page.getByRole('button', { name: new RegExp(`^${room} .*${people}$`) });
  }

  async say(text: string): Promise<void> {
    await this.draft.fill(text);
    await this.draft.press('Enter');
  }

  /** The line with a message or a notice. */
  line(text: string): Locator {
    return this.log.getByRole('listitem').filter({ hasText: text });
  }

  /** Waits for a line with this text. */
  async reads(text: string): Promise<void> {
    await this.line(text).first().waitFor();
  }

  /** What was said, in its order, without the notices. */
  texts(): Promise<string[]> {
    return this.log.locator('.text').allTextContents();
  }

  /** Waits until exactly these are here, oneself first, each with the clients of that person. */
  async meets(...people: string[]): Promise<void> {
    const list = '#people li:not(:empty)';
    await this.page.waitForFunction(
      ([selector, expected]) =>
        Array.from(document.querySelectorAll(selector), (item) =>
          Array.from(item.children, (child) => child.textContent)
            .slice(1)
            .join(' '),
        ).join() === expected,
      [list, people.join()],
    );
  }
}
