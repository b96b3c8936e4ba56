import { chromium, type Browser, type Page } from 'playwright-core';
import { browserPath } from '../support/browser-path.js';

/** Without a sandbox, which containers do not allow, and without what a browser does in the network by itself. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath(), args });
}

/** A window of somebody, wide enough for all that a page shows beside each other. The rest is small: without a GPU, what is drawn takes long. */
export const WINDOW = { width: 1024, height: 480 };

/** Opens a window of somebody new, with nothing in it that moves. */
export async function openWindow(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', viewport: WINDOW });
  return context.newPage();
}
