import { chromium, type Browser } from 'playwright-core';
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
