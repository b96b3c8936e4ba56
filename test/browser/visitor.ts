import type { Locator, Page } from 'playwright-core';

/** One person with a page of a sample in a browser window. What the window complains about is kept. */
export class Visitor {
  /** Errors in the console, and requests to anywhere but the sample. */
  problems: string[] = [];
  /** Of the connection. */
  readonly status: Locator;
  private origin = '';

  constructor(readonly page: Page) {
    this.status = page.locator('#status[role=status]');
    page.setDefaultTimeout(5_000);
    page.on('console', (message) => message.type() === 'error' && this.problems.push(message.text()));
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('request', (request) => this.checkOrigin(request.url()));
    page.on('websocket', (socket) => this.checkOrigin(socket.url().replace(/^ws/, 'http')));
  }

  /** Opens the page. */
  async visit(origin: string): Promise<void> {
    this.problems = [];
    this.origin = origin;
    await this.page.goto(origin, { waitUntil: 'commit' });
  }

  /** Goes elsewhere, as by closing the window. */
  async goAway(): Promise<void> {
    await this.page.goto('about:blank');
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

  /** What a browser says by itself about a server that is away is no fault of the page. */
  forgiveOutage(): void {
    this.problems = this.problems.filter((text) => !/net::ERR_|WebSocket connection to|status of 503/.test(text));
  }

  private checkOrigin(url: string): void {
    if (url !== 'about:blank' && new URL(url).origin !== this.origin) this.problems.push(`a request to ${url}`);
  }
}
